package io.sparkefa.it.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.JobReport;
import io.sparkefa.it.app.TaskTotals;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoReportTest {

    @Test
    void isContentWhenBlocksMovedAndResultsAgree() {
        DemoReport report = report("auto", "same", 1_500_000);
        assertThat(report.complaints()).isEmpty();
        assertThat(report.text())
                .contains("The results are the same**: same.")
                .contains("| over the plugin's transports | 1.5 MB in 7 blocks | – |");
    }

    @Test
    void complainsOfOtherResults() {
        DemoReport report = report("auto", "other", 1_500_000);
        assertThat(report.complaints()).singleElement().asString().contains("other", "same");
        assertThat(report.text()).contains("**FAILED.** The results differ");
    }

    @Test
    void complainsWhenNothingMoved() {
        assertThat(report("sockets", "same", 0).complaints())
                .singleElement()
                .asString()
                .contains("Nothing went over");
    }

    @Test
    void wantsNothingMovedWhenThePluginIsOff() {
        assertThat(report("netty", "same", 0).complaints()).isEmpty();
        assertThat(report("netty", "same", 10).complaints())
                .singleElement()
                .asString()
                .contains("switched off");
    }

    private static DemoReport report(String transport, String pluginRow, long movedBytes) {
        Map<String, Long> counters = Map.of("fetch.bytes", movedBytes, "fetch.blocks", 7L);
        return new DemoReport(transport, 100, run(pluginRow, counters), run("same", Map.of()), List.of());
    }

    private static DemoRun run(String row, Map<String, Long> counters) {
        TaskTotals totals = new TaskTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Map<String, ExecutorState> executors = Map.of("0", new ExecutorState("0", 1, "manager", counters));
        JobReport job = new JobReport("job", List.of(row), null, 1234, totals, executors);
        return new DemoRun(new ApplicationReport("4.2", "2.13", "25", List.of(job)), job);
    }
}

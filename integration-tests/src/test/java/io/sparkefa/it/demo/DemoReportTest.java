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

    @Test
    void comparesWhatCameOverEfaWithWhatTheDevicesCounted() {
        DemoReport report = efaReport(1_500_000, Map.of("rdma_read_bytes", 1_400_000L, "recv_bytes", 200_000L));
        assertThat(report.complaints()).isEmpty();
        assertThat(report.text())
                .contains("The EFA device is emulated")
                .contains("| of these, over EFA | 1,500,000 bytes | – |")
                .contains("(rdma_read_bytes) | 1,400,000 bytes | – |");
    }

    @Test
    void complainsWhenEfaWasAskedForAndDidNotMoveAll() {
        assertThat(efaReport(1_000_000, Map.of("rdma_read_bytes", 2_000_000L)).complaints())
                .singleElement()
                .asString()
                .contains("Only 1.0 MB of 1.5 MB came over EFA");
        assertThat(efaReport(1_500_000, Map.of("recv_bytes", 1_000_000L)).complaints())
                .singleElement()
                .asString()
                .contains("The devices received 1.0 MB");
    }

    private static DemoReport efaReport(long overEfaBytes, Map<String, Long> devices) {
        Map<String, Long> counters =
                Map.of("fetch.bytes", 1_500_000L, "fetch.bytesOverEfa", overEfaBytes, "fetch.blocks", 7L);
        return new DemoReport("efa", 100, run("same", counters, devices), run("same", Map.of(), Map.of()), List.of());
    }

    private static DemoReport report(String transport, String pluginRow, long movedBytes) {
        Map<String, Long> counters = Map.of("fetch.bytes", movedBytes, "fetch.blocks", 7L);
        return new DemoReport(
                transport, 100, run(pluginRow, counters, Map.of()), run("same", Map.of(), Map.of()), List.of());
    }

    private static DemoRun run(String row, Map<String, Long> counters, Map<String, Long> devices) {
        TaskTotals totals = new TaskTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Map<String, ExecutorState> executors = Map.of("0", new ExecutorState("0", 1, "manager", counters));
        JobReport job = new JobReport("job", List.of(row), null, 1234, totals, executors);
        return new DemoRun(new ApplicationReport("4.2", "2.13", "25", List.of(job)), job, devices);
    }
}

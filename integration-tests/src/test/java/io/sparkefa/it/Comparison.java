package io.sparkefa.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobReport;
import io.sparkefa.it.harness.SparkApplication;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the tests ask of an application's report. */
final class Comparison {

    private Comparison() {}

    /** The job came to its end. */
    static JobReport succeeded(ApplicationReport report, Job job) {
        JobReport result = report.job(job.name());
        assertThat(result.error()).as("error of %s", job).isNull();
        assertThat(result.rows()).as("rows of %s", job).isNotEmpty();
        return result;
    }

    /** Every job returned the same rows, in the same order, as the same job of the other application. */
    static void assertSameRows(ApplicationReport report, ApplicationReport stock, List<? extends Job> jobs) {
        for (Job job : jobs) {
            List<String> expected = succeeded(stock, job).rows();
            List<String> actual = succeeded(report, job).rows();
            assertThat(actual.size()).as("number of rows of %s", job).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i)).as("row %s of %s", i, job).isEqualTo(expected.get(i));
            }
        }
    }

    /** Every executor runs the plugin, and every byte that Spark counted as remote came through it and not through Spark's client. */
    static void assertAllBytesThroughPlugin(ApplicationReport report) {
        long remoteBytes = 0;
        long remoteBlocks = 0;
        for (JobReport job : report.jobs()) {
            remoteBytes += job.totals().remoteBytes();
            remoteBlocks += job.totals().remoteBlocks();
        }
        assertThat(remoteBytes).as("remote bytes").isPositive();
        if (SparkApplication.stockOnly()) {
            return;
        }
        assertRunsPlugin(report);
        assertThat(counter(report, "fallback.requests")).as("fallback.requests").isZero();
        assertThat(counter(report, "fetch.blocks")).as("fetch.blocks").isEqualTo(remoteBlocks);
        assertThat(counter(report, "fetch.bytes")).as("fetch.bytes").isEqualTo(remoteBytes);
    }

    static void assertRunsPlugin(ApplicationReport report) {
        if (SparkApplication.stockOnly()) {
            return;
        }
        for (JobReport job : report.jobs()) {
            for (ExecutorState executor : job.executors().values()) {
                assertThat(executor.shuffleManager())
                        .as("shuffle manager of executor %s", executor.id())
                        .isEqualTo(SparkApplication.PLUGIN_MANAGER);
            }
        }
    }

    /** The last known value of the counter on each executor, summed. */
    static long counter(ApplicationReport report, String counter) {
        Map<String, Long> values = new HashMap<>();
        for (JobReport job : report.jobs()) {
            job.executors()
                    .forEach((id, state) -> values.put(id, state.counters().getOrDefault(counter, 0L)));
        }
        return values.values().stream().mapToLong(Long::longValue).sum();
    }
}

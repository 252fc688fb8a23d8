package io.sparkefa.it;

import static io.sparkefa.it.Comparison.assertSameRows;
import static io.sparkefa.it.Comparison.counter;
import static io.sparkefa.it.Comparison.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.ExecutorState;
import io.sparkefa.it.app.JobReport;
import io.sparkefa.it.harness.ExternalShuffleService;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.jobs.FaultJob;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Executors that die, leave or come while a shuffle is read: the rows are right, and Spark repeats no more than it does by itself. */
class FaultsIT {
    private static final SparkLine LINE = SparkLine.SPARK_4_2;

    private static final Map<String, String> SMALL_FETCHES =
            Map.of("spark.reducer.maxSizeInFlight", "512k", "spark.reducer.maxReqsInFlight", "1");

    @Test
    void executorKilledBetweenStages() throws Exception {
        assertRepeatsNoMoreThanStock("kill-between-stages", FaultJob.KILL_BETWEEN_STAGES, Map.of());
    }

    @Test
    void executorKilledMidReduce() throws Exception {
        assertRepeatsNoMoreThanStock("kill-mid-reduce", FaultJob.KILL_MID_REDUCE, SMALL_FETCHES);
    }

    private static void assertRepeatsNoMoreThanStock(String name, FaultJob job, Map<String, String> settings)
            throws Exception {
        ApplicationReport stock =
                SparkApplication.on(LINE, name + "-stock").setAll(settings).run(job);
        ApplicationReport report = SparkApplication.on(LINE, name + "-plugin")
                .setAll(settings)
                .withPlugin()
                .run(job);
        assertSameRows(report, stock, List.of(job));
        assertThat(succeeded(report, job).totals().stageRetries())
                .as("stage retries; stock Spark: %s", succeeded(stock, job).totals())
                .isLessThanOrEqualTo(succeeded(stock, job).totals().stageRetries());
    }

    @Test
    void executorReplaced() throws Exception {
        JobReport job = succeeded(
                SparkApplication.on(LINE, "replace-plugin").withPlugin().run(FaultJob.REPLACE_EXECUTOR),
                FaultJob.REPLACE_EXECUTOR);
        assertSecondHalfLikeFirst(job);
        assertEveryExecutorFetched(job);
    }

    @Test
    void executorDecommissioned() throws Exception {
        JobReport job = succeeded(
                SparkApplication.on(LINE, "decommission-plugin")
                        .withPlugin()
                        .set("spark.decommission.enabled", "true")
                        .set("spark.storage.decommission.enabled", "true")
                        .set("spark.storage.decommission.shuffleBlocks.enabled", "true")
                        .set("spark.storage.decommission.replicationReattemptInterval", "1s")
                        .run(FaultJob.DECOMMISSION),
                FaultJob.DECOMMISSION);
        assertThat(job.totals().mapTasks()).as("map tasks, none repeated").isEqualTo(FaultJob.MAPS);
        assertThat(job.totals().fetchFailures()).as("fetch failures").isZero();
    }

    /** The service serves what the dead executor wrote; the executors that live serve theirs themselves, through the plugin. */
    @Test
    void executorKilledWithExternalShuffleService() throws Exception {
        try (ExternalShuffleService service = ExternalShuffleService.start(LINE, "external-service", Map.of())) {
            ApplicationReport report = SparkApplication.on(LINE, "external-service-plugin")
                    .withPlugin()
                    .executors(3, 1)
                    .setAll(service.applicationSettings())
                    .run(FaultJob.KILL_BETWEEN_STAGES);
            JobReport job = succeeded(report, FaultJob.KILL_BETWEEN_STAGES);
            assertThat(job.totals().mapTasks()).as("map tasks, none repeated").isEqualTo(FaultJob.MAPS);
            assertThat(job.totals().stageRetries()).as("stage retries").isZero();
            if (SparkApplication.stockOnly()) {
                return;
            }
            assertThat(counter(report, "fetch.bytes"))
                    .as("bytes from live executors")
                    .isPositive();
            assertThat(counter(report, "fallback.requests"))
                    .as("requests to the service")
                    .isPositive();
        }
    }

    @Test
    void executorsComeAndGo() throws Exception {
        JobReport job = succeeded(
                SparkApplication.on(LINE, "dynamic-plugin")
                        .withPlugin()
                        .set("spark.dynamicAllocation.enabled", "true")
                        .set("spark.dynamicAllocation.shuffleTracking.enabled", "true")
                        .set("spark.dynamicAllocation.initialExecutors", "2")
                        .set("spark.dynamicAllocation.minExecutors", "1")
                        .set("spark.dynamicAllocation.maxExecutors", "2")
                        .set("spark.dynamicAllocation.executorIdleTimeout", "2s")
                        .run(FaultJob.SHRINK_AND_GROW),
                FaultJob.SHRINK_AND_GROW);
        assertSecondHalfLikeFirst(job);
        assertEveryExecutorFetched(job);
    }

    /** These jobs run the same shuffle twice. */
    private static void assertSecondHalfLikeFirst(JobReport job) {
        int half = job.rows().size() / 2;
        assertThat(job.rows().subList(half, job.rows().size()))
                .isEqualTo(job.rows().subList(0, half));
    }

    private static void assertEveryExecutorFetched(JobReport job) {
        assertThat(job.executors()).hasSize(2);
        if (SparkApplication.stockOnly()) {
            return;
        }
        for (ExecutorState executor : job.executors().values()) {
            assertThat(executor.counters())
                    .as("counters of %s", executor)
                    .hasEntrySatisfying(
                            "fetch.bytes", bytes -> assertThat(bytes).isPositive());
        }
    }
}

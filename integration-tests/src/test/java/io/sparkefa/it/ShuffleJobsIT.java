package io.sparkefa.it;

import static io.sparkefa.it.Comparison.assertAllBytesThroughPlugin;
import static io.sparkefa.it.Comparison.assertRunsPlugin;
import static io.sparkefa.it.Comparison.assertSameRows;
import static io.sparkefa.it.Comparison.counter;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.jobs.RddJob;
import io.sparkefa.it.jobs.SqlJob;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every job in every configuration that changes how a shuffle is read or written, compared with stock Spark row for row. */
class ShuffleJobsIT {
    private static final SparkLine LINE = SparkLine.SPARK_4_2;
    private static final List<Job> ALL_JOBS = Stream.<Job>concat(Stream.of(RddJob.values()), Stream.of(SqlJob.values()))
            .toList();

    /** One or more of each kind, for configurations that are about the bytes and not about what Spark makes of them. */
    private static final List<Job> SOME_JOBS = List.of(
            RddJob.GROUP_BY_KEY,
            RddJob.SORT_BY_KEY,
            RddJob.AGGREGATE_BY_KEY,
            RddJob.MIXED_BLOCKS,
            RddJob.LARGE_BLOCKS,
            SqlJob.AGGREGATE,
            SqlJob.WIDE_JOIN,
            SqlJob.AQE_COALESCED,
            SqlJob.AQE_SKEW_JOIN);

    private static ApplicationReport stock;

    @BeforeAll
    static void runOnStockSpark() throws Exception {
        stock = SparkApplication.on(LINE, "jobs-stock").run(ALL_JOBS);
    }

    @Test
    void byDefault() throws Exception {
        ApplicationReport report = withPlugin("jobs-default", Map.of(), ALL_JOBS);
        assertAllBytesThroughPlugin(report);
    }

    @Test
    void withKryoAndEncryptedFiles() throws Exception {
        ApplicationReport report = withPlugin(
                "jobs-kryo-encrypted",
                Map.of(
                        "spark.serializer", "org.apache.spark.serializer.KryoSerializer",
                        "spark.io.encryption.enabled", "true"),
                SOME_JOBS);
        assertAllBytesThroughPlugin(report);
    }

    @Test
    void uncompressedWithLargeBlocksToDisk() throws Exception {
        ApplicationReport report = withPlugin(
                "jobs-uncompressed-to-disk",
                Map.of("spark.shuffle.compress", "false", "spark.network.maxRemoteBlockSizeFetchToMem", "200k"),
                SOME_JOBS);
        assertThat(report.job(RddJob.LARGE_BLOCKS.name()).totals().remoteBytesToDisk())
                .as("bytes that Spark wanted on disk")
                .isPositive();
        assertAllBytesThroughPlugin(report);
    }

    @Test
    void withSpillsAndSpeculation() throws Exception {
        ApplicationReport report = withPlugin(
                "jobs-spill-speculation",
                Map.of(
                        "spark.shuffle.spill.numElementsForceSpillThreshold", "3000",
                        "spark.speculation", "true",
                        "spark.speculation.interval", "10ms",
                        "spark.speculation.multiplier", "1.1",
                        "spark.speculation.quantile", "0.3",
                        "spark.speculation.minTaskRuntime", "20ms"),
                SOME_JOBS);
        assertThat(report.job(RddJob.AGGREGATE_BY_KEY.name()).totals().diskBytesSpilled())
                .as("bytes spilled")
                .isPositive();
        assertRunsPlugin(report);
    }

    /** Without YARN Spark says that it cannot push, and does not. */
    @Test
    void withTightReducerLimitsAndAuthenticationAndPushAskedFor() throws Exception {
        ApplicationReport report = withPlugin(
                "jobs-tight-authenticated",
                Map.of(
                        "spark.authenticate", "true",
                        "spark.authenticate.secret", "a secret of these tests only",
                        "spark.shuffle.push.enabled", "true",
                        "spark.reducer.maxSizeInFlight", "300k",
                        "spark.reducer.maxReqsInFlight", "2",
                        "spark.reducer.maxBlocksInFlightPerAddress", "3"),
                SOME_JOBS);
        assertAllBytesThroughPlugin(report);
    }

    /** The old protocol names blocks in a way that the plugin cannot use. */
    @Test
    void leftToSpark() throws Exception {
        ApplicationReport report = withPlugin(
                "jobs-left-to-spark",
                Map.of("spark.shuffle.useOldFetchProtocol", "true"),
                List.of(RddJob.GROUP_BY_KEY, RddJob.MIXED_BLOCKS));
        assertRunsPlugin(report);
        assertThat(counter(report, "sessions.opened")).as("sessions opened").isZero();
    }

    /** All blocks are local: nothing to fetch, nothing to open. */
    @Test
    void inLocalMode() throws Exception {
        ApplicationReport report =
                SparkApplication.on(LINE, "jobs-local").withPlugin().local(2).run(ALL_JOBS);
        assertSameRows(report, stock, ALL_JOBS);
        assertRunsPlugin(report);
    }

    private static ApplicationReport withPlugin(String name, Map<String, String> settings, List<Job> jobs)
            throws Exception {
        ApplicationReport report =
                SparkApplication.on(LINE, name).withPlugin().setAll(settings).run(jobs);
        assertSameRows(report, stock, jobs);
        return report;
    }
}

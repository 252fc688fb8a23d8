package io.sparkefa.it;

import static io.sparkefa.it.Comparison.assertAllBytesThroughPlugin;
import static io.sparkefa.it.Comparison.assertSameRows;
import static io.sparkefa.it.Comparison.counter;
import static io.sparkefa.it.Comparison.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.emulated.DeviceCounters;
import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.harness.EmulatedEfa;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.jobs.EfaJob;
import io.sparkefa.it.jobs.FaultJob;
import io.sparkefa.it.jobs.RddJob;
import io.sparkefa.it.jobs.SqlJob;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Spark over EFA: libfabric's {@code efa} provider on emulated devices, whose own counters say what went through them; and over another
 * provider of libfabric.
 */
class EfaIT {
    private static final SparkLine LINE = SparkLine.SPARK_4_2;

    private static final List<Job> JOBS = List.of(
            RddJob.GROUP_BY_KEY,
            RddJob.SORT_BY_KEY,
            RddJob.MIXED_BLOCKS,
            RddJob.LARGE_BLOCKS,
            SqlJob.AGGREGATE,
            SqlJob.WIDE_JOIN,
            SqlJob.AQE_SKEW_JOIN);

    private static final List<Job> FEW_JOBS =
            List.of(RddJob.GROUP_BY_KEY, RddJob.MIXED_BLOCKS, RddJob.LARGE_BLOCKS, SqlJob.WIDE_JOIN);

    private static final Map<String, String> SMALL_FETCHES =
            Map.of("spark.reducer.maxSizeInFlight", "512k", "spark.reducer.maxReqsInFlight", "1");

    private static ApplicationReport stock;

    private EmulatedEfa devices;

    @BeforeAll
    static void runOnStockSpark() throws Exception {
        assumeTrue(EmulatedEfa.isBuilt(), "the EFA emulator is built where libibverbs-dev is installed");
        stock = SparkApplication.on(LINE, "efa-stock").run(JOBS);
    }

    @BeforeEach
    void createDevices() throws Exception {
        devices = EmulatedEfa.create();
    }

    @AfterEach
    void removeDevices() throws Exception {
        devices.close();
    }

    private static SparkApplication application(String name) {
        return SparkApplication.on(LINE, name).withPlugin();
    }

    // ---- jobs

    @Test
    void jobsOverEfa() throws Exception {
        ApplicationReport report = application("efa-jobs").over(devices).run(JOBS);
        assertSameRows(report, stock, JOBS);
        assertAllBytesOverEfa(report);
        assertDevicesCarried(report);
        assertThat(devices.counters().get("rdma_read_bytes"))
                .as("read remotely")
                .isPositive();
    }

    @Test
    void jobsOverEfaEncrypted(@TempDir Path folder) throws Exception {
        ApplicationReport report = application("efa-jobs-encrypted")
                .setAll(EncryptedTraffic.NETWORK_CRYPTO.settings(folder))
                .over(devices)
                .run(FEW_JOBS);
        assertSameRows(report, stock, FEW_JOBS);
        assertAllBytesOverEfa(report);
        assertDevicesCarried(report);
    }

    @Test
    void jobsOverTwoReorderingDevicesWithoutRdmaRead() throws Exception {
        devices.with("EFA_EMU_DEVICES", "2").with("EFA_EMU_RDMA_READ", "0").with("EFA_EMU_REORDER", "16");
        ApplicationReport report = application("efa-jobs-no-read").over(devices).run(FEW_JOBS);
        assertSameRows(report, stock, FEW_JOBS);
        assertAllBytesOverEfa(report);
        assertDevicesCarried(report);
        assertThat(devices.counters().get("rdma_read_bytes"))
                .as("read remotely")
                .isZero();
    }

    @Test
    void jobsOverAnotherProvider() throws Exception {
        ApplicationReport report =
                application("efa-jobs-tcp").overFabric("tcp;ofi_rxm").run(FEW_JOBS);
        assertSameRows(report, stock, FEW_JOBS);
        assertAllBytesOverEfa(report);
    }

    private static void assertAllBytesOverEfa(ApplicationReport report) {
        assertAllBytesThroughPlugin(report);
        assertThat(counter(report, "fetch.bytesOverEfa")).isEqualTo(counter(report, "fetch.bytes"));
        assertThat(counter(report, "peers.demoted")).isZero();
    }

    private void assertDevicesCarried(ApplicationReport report) {
        DeviceCounters counters = devices.counters();
        assertThat(counters.get("recv_bytes") + counters.get("rdma_read_bytes"))
                .as("bytes that came through the devices: %s", counters.values())
                .isGreaterThanOrEqualTo(counter(report, "fetch.bytes"));
    }

    // ---- faults

    @Test
    void executorKilledMidReduce() throws Exception {
        ApplicationReport report = application("efa-kill-mid-reduce")
                .over(devices)
                .setAll(SMALL_FETCHES)
                .run(EfaJob.UNDISTURBED, FaultJob.KILL_MID_REDUCE);
        assertUndisturbed(report, FaultJob.KILL_MID_REDUCE);
    }

    @Test
    void executorPausedMidReduce() throws Exception {
        ApplicationReport report = application("efa-pause-mid-reduce")
                .over(devices)
                .setAll(SMALL_FETCHES)
                .run(EfaJob.UNDISTURBED, EfaJob.PAUSE_MID_REDUCE);
        assertUndisturbed(report, EfaJob.PAUSE_MID_REDUCE);
        assertAllBytesOverEfa(report);
    }

    @Test
    void executorStoppedForEverMidReduce() throws Exception {
        ApplicationReport report = application("efa-stop-mid-reduce")
                .over(devices)
                .setAll(SMALL_FETCHES)
                .set("spark.network.timeout", "12s")
                .set("spark.network.timeoutInterval", "2s")
                .set("spark.executor.heartbeatInterval", "2s")
                .set("spark.shuffle.efa.fabric.peerTimeout", "4s")
                .run(EfaJob.UNDISTURBED, EfaJob.STOP_MID_REDUCE);
        assertUndisturbed(report, EfaJob.STOP_MID_REDUCE);
    }

    @Test
    void efaLostMidReduceAndBack() throws Exception {
        ApplicationReport report = application("efa-lost-mid-reduce")
                .over(devices)
                .setAll(SMALL_FETCHES)
                .set("spark.shuffle.efa.peer.retryInterval", "500ms")
                .set("spark.shuffle.efa.peer.retryIntervalMax", "2s")
                .run(EfaJob.UNDISTURBED, EfaJob.LOSE_EFA_MID_REDUCE, EfaJob.RETURN_TO_EFA);
        assertUndisturbed(report, EfaJob.LOSE_EFA_MID_REDUCE);
        assertUndisturbed(report, EfaJob.RETURN_TO_EFA);
        assertThat(succeeded(report, EfaJob.LOSE_EFA_MID_REDUCE).totals().failedTasks())
                .as("tasks failed for the loss of EFA")
                .isZero();
        assertThat(counter(report, "fetch.bytesOverSockets")).isPositive();
        assertThat(counter(report, "peers.demoted")).isPositive();
        assertThat(counter(report, "peers.restored")).isPositive();
    }

    private static void assertUndisturbed(ApplicationReport report, Job job) {
        assertThat(succeeded(report, job).rows())
                .isEqualTo(succeeded(report, EfaJob.UNDISTURBED).rows());
    }

    // ---- choice

    @Test
    void oneExecutorOfThreeWithoutEfa() throws Exception {
        SparkApplication application =
                application("efa-mixed").executors(3, 1).over(devices).exceptExecutor("1");
        ApplicationReport report = application.run(FEW_JOBS);
        assertSameRows(report, stock, FEW_JOBS);
        assertAllBytesThroughPlugin(report);
        long overEfa = counter(report, "fetch.bytesOverEfa");
        long overSockets = counter(report, "fetch.bytesOverSockets");
        assertThat(overEfa).as("bytes over EFA").isPositive();
        assertThat(overSockets).as("bytes over TCP").isPositive();
        assertThat(overEfa + overSockets).isEqualTo(counter(report, "fetch.bytes"));
        assertThat(application.logged("EFA is not used: libfabric"))
                .as("executors that say why not")
                .hasSize(1);
        assertThat(application.logged("it does not offer efa"))
                .as("executors that say who does not")
                .hasSize(2);
    }

    @Test
    void askingForEfaWhereThereIsNoneStopsTheJobWithTheReason() throws Exception {
        ApplicationReport report = application("efa-none").overFabric("efa").run(RddJob.GROUP_BY_KEY);
        assertThat(report.job(RddJob.GROUP_BY_KEY.name()).error())
                .contains("spark.shuffle.efa.transport is efa, but EFA cannot be used here: libfabric");
    }
}

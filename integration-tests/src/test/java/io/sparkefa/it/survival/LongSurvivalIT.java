package io.sparkefa.it.survival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.harness.EmulatedEfa;
import io.sparkefa.it.harness.FlowFaults;
import io.sparkefa.it.harness.Namespaces;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.jobs.SurvivalJob;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All faults of processes, files, limits and networks, over sockets and over libfabric's EFA provider on emulated devices. */
@Tag("survival")
@Timeout(3600)
class LongSurvivalIT {

    private static final Faults PROCESSES = new Faults(
            SurvivalJob.PAUSED_10_S,
            SurvivalJob.FILES_DELETED,
            SurvivalJob.FILES_DELETED_MID_REDUCE,
            SurvivalJob.FILES_TRUNCATED,
            SurvivalJob.FILES_TRUNCATED_MID_REDUCE,
            SurvivalJob.NO_DESCRIPTORS,
            SurvivalJob.NO_DESCRIPTORS_MID_REDUCE,
            SurvivalJob.OUT_OF_MEMORY,
            SurvivalJob.KILLED);

    private static final Faults SURROUNDINGS = new Faults(SurvivalJob.NO_PORTS, SurvivalJob.DISK_FULL);

    private static final Map<String, String> SHORT_TIMEOUTS = Map.of(
            "spark.network.timeout", "12s",
            "spark.network.timeoutInterval", "2s",
            "spark.executor.heartbeatInterval", "2s");

    @Test
    void processesAndFiles() throws Exception {
        ApplicationReport stock = PROCESSES.run(Faults.application("processes-stock"));
        ApplicationReport sockets = PROCESSES.run(Faults.withPlugin("processes-sockets"));
        PROCESSES.assertNoMoreStageAttempts("sockets", sockets, stock);
        if (EmulatedEfa.isBuilt()) {
            try (EmulatedEfa devices = EmulatedEfa.create()) {
                ApplicationReport efa =
                        PROCESSES.run(Faults.withPlugin("processes-efa").over(devices));
                PROCESSES.assertNoMoreStageAttempts("efa", efa, stock);
            }
        }
    }

    @Test
    void portsAndDisk() throws Exception {
        assumeTrue(Namespaces.unavailable().isEmpty(), Namespaces.unavailable());
        ApplicationReport stock = SURROUNDINGS.run(surroundings(Faults.application("surroundings-stock")));
        ApplicationReport sockets = SURROUNDINGS.run(surroundings(Faults.withPlugin("surroundings-sockets")));
        SURROUNDINGS.assertNoMoreStageAttempts("sockets", sockets, stock);
        if (EmulatedEfa.isBuilt()) {
            try (EmulatedEfa devices = EmulatedEfa.create()) {
                ApplicationReport efa = SURROUNDINGS.run(
                        surroundings(Faults.withPlugin("surroundings-efa")).over(devices));
                SURROUNDINGS.assertNoMoreStageAttempts("efa", efa, stock);
            }
        }
    }

    private static SparkApplication surroundings(SparkApplication application) {
        return application.inPrivateNetwork().withSmallDisks(160);
    }

    @Test
    void executorStoppedForEver() throws Exception {
        Faults faults = new Faults(SurvivalJob.STOPPED);
        ApplicationReport stock = faults.run(Faults.application("stopped-stock").setAll(SHORT_TIMEOUTS));
        ApplicationReport sockets =
                faults.run(Faults.withPlugin("stopped-sockets").setAll(SHORT_TIMEOUTS));
        faults.assertNoMoreStageAttempts("sockets", sockets, stock);
    }

    @Test
    void halfOpenPeer() throws Exception {
        assumeTrue(Namespaces.unavailable().isEmpty(), Namespaces.unavailable());
        Faults faults = new Faults(SurvivalJob.HALF_OPEN);
        ApplicationReport stock = faults.run(halfOpen(Faults.application("half-open-stock")));
        ApplicationReport sockets = faults.run(halfOpen(Faults.withPlugin("half-open-sockets")));
        faults.assertNoMoreStageAttempts("sockets", sockets, stock);
    }

    private static SparkApplication halfOpen(SparkApplication application) {
        return application.withAnotherHostFor("1").setAll(SHORT_TIMEOUTS);
    }

    /** What the plugin does not check itself Spark's codec finds, as with stock Spark. */
    @Test
    void oneWrongBitThatOnlySparkCanSee() throws Exception {
        Faults faults = new Faults();
        FlowFaults ofSpark = new FlowFaults("one-bit-stock", 7300, 7320, 1);
        FlowFaults ours =
                SurvivalIT.flowFaults("one-bit-sockets").flipping(1000).atMost(1);
        ApplicationReport stock = faults.run(Faults.application("one-bit-stock")
                .inPrivateNetwork()
                .set("spark.blockManager.port", "7300")
                .set("spark.shuffle.io.mode", "NIO")
                .with(ofSpark.flipping(1000).atMost(1)));
        ApplicationReport sockets = faults.run(SurvivalIT.onPorts(Faults.withPlugin("one-bit-sockets"))
                .with(ours.flipping(1000).atMost(1)));
        System.out.printf("wrong bits: %d, with stock Spark %d%n", ours.flipped(), ofSpark.flipped());
        // At most one in each executor, and one may meet what nobody wants any more.
        assertThat(ours.flipped()).isBetween(1L, 2L);
        faults.assertNoMoreStageAttempts("sockets", sockets, stock);
    }

    @Test
    void executorThatMayNotLockMemory() throws Exception {
        assumeTrue(EmulatedEfa.isBuilt(), "the EFA emulator is built where libibverbs-dev is installed");
        try (EmulatedEfa devices = EmulatedEfa.create()) {
            devices.with("EFA_EMU_MEMLOCK", Integer.toString(64 << 20));
            SparkApplication application =
                    Faults.withPlugin("memlock").over(devices).set("spark.shuffle.efa.transport", "auto");
            ApplicationReport report = new Faults().run(application);
            SurvivalIT.assertNothingRepeated(report);
            assertThat(application.logged("EFA is not used: cannot register")).hasSize(2);
            assertThat(SurvivalIT.sum(report, "fetch.bytesOverSockets"))
                    .isEqualTo(SurvivalIT.sum(report, "fetch.bytes"))
                    .isPositive();
            assertThat(SurvivalIT.sum(report, "fallback.requests")).isZero();
        }
    }
}

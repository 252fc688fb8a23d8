package io.sparkefa.it.survival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.harness.FlowFaults;
import io.sparkefa.it.harness.Namespaces;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.jobs.SurvivalJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The faults that every build goes through, over sockets; {@link LongSurvivalIT} has the others. */
@Timeout(1800)
class SurvivalIT {

    /** In a network of the application's own nobody else has them. */
    private static final int FIRST_PORT = 7400;

    private static final int LAST_PORT = 7420;

    @Test
    void filesAndMemory() throws Exception {
        Faults faults = new Faults(
                SurvivalJob.FILES_DELETED, SurvivalJob.FILES_TRUNCATED_MID_REDUCE, SurvivalJob.OUT_OF_MEMORY);
        ApplicationReport stock = faults.run(Faults.application("files-stock"));
        ApplicationReport report = faults.run(Faults.withPlugin("files-sockets"));
        faults.assertNoMoreStageAttempts("sockets", report, stock);
    }

    @Test
    void everySecondFlowIsABlackHole() throws Exception {
        FlowFaults flows = flowFaults("black-holes").swallowing(2, 128 << 10);
        ApplicationReport report = new Faults(SurvivalJob.REPEATED)
                .run(onPorts(Faults.withPlugin("black-holes"))
                        .set("spark.shuffle.efa.sockets.flows.initial", "4")
                        .with(flows));
        assertThat(flows.swallowed()).as("connections that swallowed").isPositive();
        assertNothingRepeated(report);
        System.out.printf("black holes: %d flows swallowed, %d lost%n", flows.swallowed(), sum(report, "flows.lost"));
    }

    @Test
    void onePercentOfStripesIsCorrupt() throws Exception {
        FlowFaults flows = flowFaults("corrupt").flipping(10);
        ApplicationReport report = new Faults(SurvivalJob.REPEATED)
                .run(onPorts(Faults.withPlugin("corrupt"))
                        .set("spark.shuffle.efa.checksum", "always")
                        .with(flows));
        assertThat(flows.flipped()).as("wrong bits").isPositive();
        assertNothingRepeated(report);
        System.out.printf(
                "corrupt stripes: %d bits wrong, %d blocks refused, %d blocks through Spark's client%n",
                flows.flipped(), sum(report, "fetch.checksumFailures"), sum(report, "fallback.blocks"));
    }

    static FlowFaults flowFaults(String name) throws Exception {
        assumeTrue(Namespaces.unavailable().isEmpty(), Namespaces.unavailable());
        FlowFaults flows = new FlowFaults(name, FIRST_PORT, LAST_PORT, 1);
        assumeTrue(flows.compile().isEmpty(), flows.compile());
        return flows;
    }

    static SparkApplication onPorts(SparkApplication application) {
        return application
                .inPrivateNetwork()
                .set("spark.shuffle.efa.sockets.port", Integer.toString(FIRST_PORT))
                // Many reads at a time, for all flows to be used.
                .set("spark.reducer.maxSizeInFlight", "16m")
                .set("spark.reducer.maxReqsInFlight", "16")
                .set("spark.shuffle.efa.sockets.stripe", "64k")
                .set("spark.port.maxRetries", Integer.toString(LAST_PORT - FIRST_PORT));
    }

    static void assertNothingRepeated(ApplicationReport report) {
        report.jobs().forEach(job -> {
            assertThat(job.totals().stageRetries())
                    .as("stages repeated in " + job.name())
                    .isZero();
            assertThat(job.totals().failedTasks())
                    .as("tasks failed in " + job.name())
                    .isZero();
        });
    }

    /** Of the executors that lived to the end. */
    static long sum(ApplicationReport report, String counter) {
        return report.jobs().get(report.jobs().size() - 1).executors().values().stream()
                .mapToLong(executor -> executor.counters().getOrDefault(counter, 0L))
                .sum();
    }
}

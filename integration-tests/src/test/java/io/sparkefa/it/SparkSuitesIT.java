package io.sparkefa.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.harness.ScalaTestRun;
import io.sparkefa.it.harness.SparkLine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Spark's own test suites, from its published test jars, with the plugin as the shuffle manager. */
class SparkSuitesIT {
    private static final int TESTS_IN_SHUFFLE_SUITE = 20;

    @Test
    @Timeout(value = 13, unit = TimeUnit.MINUTES)
    void shuffleSuite() throws Exception {
        ScalaTestRun run = ScalaTestRun.of(SparkLine.SPARK_4_2, EfaShuffleSuite.class, Duration.ofMinutes(12));
        assertThat(run.failures()).as("failures in %s", run.log()).isEmpty();
        assertThat(run.failed()).as("tests failed in %s", run.log()).isZero();
        assertThat(run.succeeded()).as("tests passed in %s", run.log()).isEqualTo(TESTS_IN_SHUFFLE_SUITE);
    }
}

package io.sparkefa.it;

import static io.sparkefa.it.Comparison.assertAllBytesThroughPlugin;
import static io.sparkefa.it.Comparison.assertSameRows;
import static io.sparkefa.it.Comparison.counter;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.jobs.RddJob;
import io.sparkefa.it.jobs.SqlJob;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where Spark encrypts, the plugin does, too: the same rows as stock Spark, and nothing through Spark's own client. */
class EncryptedJobsIT {
    private static final List<Job> JOBS =
            List.of(RddJob.GROUP_BY_KEY, RddJob.MIXED_BLOCKS, RddJob.LARGE_BLOCKS, SqlJob.WIDE_JOIN);

    @TempDir
    private Path folder;

    private static ApplicationReport stock;

    @ParameterizedTest
    @EnumSource
    void sameRowsAsStockSpark(EncryptedTraffic traffic) throws Exception {
        if (stock == null) {
            stock = SparkApplication.on(SparkLine.SPARK_4_2, "encrypted-stock").run(JOBS);
        }
        check(SparkLine.SPARK_4_2, traffic, stock);
    }

    @Test
    void onSpark35() throws Exception {
        ApplicationReport stock35 =
                SparkApplication.on(SparkLine.SPARK_3_5, "encrypted-3-5-stock").run(JOBS);
        check(SparkLine.SPARK_3_5, EncryptedTraffic.NETWORK_CRYPTO, stock35);
    }

    private void check(SparkLine line, EncryptedTraffic traffic, ApplicationReport expected) throws Exception {
        String name = ("encrypted-" + line.name() + "-" + traffic.name())
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
        SparkApplication application =
                SparkApplication.on(line, name).withPlugin().setAll(traffic.settings(folder));
        ApplicationReport report = application.run(JOBS);
        assertSameRows(report, expected, JOBS);
        assertAllBytesThroughPlugin(report);
        if (!SparkApplication.stockOnly()) {
            assertThat(application.logged("payload is encrypted, since " + traffic.key() + " is true"))
                    .as("executors that say that they encrypt")
                    .hasSize(2);
            assertThat(counter(report, "sessions.refused")).isZero();
            assertThat(counter(report, "frames.rejected")).isZero();
        }
    }
}

package io.sparkefa.it;

import static io.sparkefa.it.Comparison.assertAllBytesThroughPlugin;
import static io.sparkefa.it.Comparison.assertSameRows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.jobs.RddJob;
import io.sparkefa.it.jobs.SqlJob;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same jar on every Spark line: on the class path of 3.5, by {@code --jars} from 4.0 on. Lines between the oldest and the newest run
 * where the build has fetched them (profile {@code all-spark-lines}).
 */
class CrossVersionIT {
    private static final List<Job> JOBS = List.of(
            RddJob.GROUP_BY_KEY,
            RddJob.JOIN,
            RddJob.SORT_BY_KEY,
            RddJob.LARGE_BLOCKS,
            SqlJob.WIDE_JOIN,
            SqlJob.AQE_COALESCED,
            SqlJob.AQE_SKEW_JOIN);

    @ParameterizedTest
    @EnumSource
    void sameRowsAsStockSpark(SparkLine line) throws Exception {
        boolean inEveryBuild = line == SparkLine.SPARK_4_2 || line == SparkLine.SPARK_3_5;
        assumeTrue(inEveryBuild || line.isBuilt(), line + " is part of the profile all-spark-lines");
        String name = "line-" + line.name().toLowerCase(Locale.ROOT).replace('_', '-');
        ApplicationReport stock = SparkApplication.on(line, name + "-stock").run(JOBS);
        SparkApplication application =
                SparkApplication.on(line, name + "-plugin").withPlugin();
        ApplicationReport report = application.run(JOBS);
        assertSameRows(report, stock, JOBS);
        assertAllBytesThroughPlugin(report);
        if (line.javaVersion() < 22 && !SparkApplication.stockOnly()) {
            assertThat(application.logged(
                            "; EFA is not used: EFA needs Java 22 or newer, this is " + line.javaVersion()))
                    .as("executors that say why they do not use EFA")
                    .hasSize(2);
        }
    }
}

package io.sparkefa.it.survival;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.JobReport;
import io.sparkefa.it.app.TaskTotals;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.jobs.SurvivalJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;

/**
 * Faults that one application goes through, one after another, on stock Spark and with the plugin. In all of them every job must have
 * the rows of the undisturbed one, and with the plugin Spark may repeat no more stages than without.
 */
final class Faults {
    private static final SparkLine LINE = SparkLine.SPARK_4_2;

    private final List<SurvivalJob> jobs = new ArrayList<>();

    Faults(SurvivalJob... faults) {
        jobs.add(SurvivalJob.UNDISTURBED);
        jobs.addAll(List.of(faults));
    }

    /** Two executors whose tasks fetch one block at a time, and who soon give up what fails and soon return to it. */
    static SparkApplication application(String name) {
        return SparkApplication.on(LINE, "survival-" + name)
                .limit(Duration.ofMinutes(14))
                .set("spark.reducer.maxSizeInFlight", "512k")
                .set("spark.reducer.maxReqsInFlight", "1")
                .set("spark.shuffle.io.retryWait", "1s")
                .set("spark.deploy.maxExecutorRetries", "10");
    }

    /** The same with the plugin. */
    static SparkApplication withPlugin(String name) {
        return application(name)
                .withPlugin()
                .set("spark.shuffle.efa.sockets.flow.stallTimeout", "3s")
                .set("spark.shuffle.efa.fabric.peerTimeout", "3s")
                .set("spark.shuffle.efa.peer.retryInterval", "500ms")
                .set("spark.shuffle.efa.peer.retryIntervalMax", "2s");
    }

    /** Runs all faults; they must end well. */
    ApplicationReport run(SparkApplication application) throws Exception {
        ApplicationReport report = application.run(jobs);
        SoftAssertions all = new SoftAssertions();
        for (SurvivalJob job : jobs) {
            JobReport result = report.job(job.name());
            all.assertThat(result.error()).as("error of %s", job).isNull();
            all.assertThat(result.rows())
                    .as("rows of %s", job)
                    .isEqualTo(report.job(SurvivalJob.UNDISTURBED.name()).rows());
        }
        all.assertAll();
        return report;
    }

    /** What Spark repeated with the plugin, beside what it repeated without. */
    void assertNoMoreStageAttempts(String what, ApplicationReport report, ApplicationReport stock) {
        for (SurvivalJob job : jobs) {
            TaskTotals with = report.job(job.name()).totals();
            TaskTotals without = stock.job(job.name()).totals();
            System.out.printf(
                    "%s, %s: stages repeated %d, by stock Spark %d; tasks failed %d, %d; took %d ms, %d ms%n",
                    what,
                    job,
                    with.stageRetries(),
                    without.stageRetries(),
                    with.failedTasks(),
                    without.failedTasks(),
                    report.job(job.name()).elapsedMs(),
                    stock.job(job.name()).elapsedMs());
        }
        for (SurvivalJob job : jobs) {
            assertThat(report.job(job.name()).totals().stageRetries())
                    .as("stages repeated in %s %s", what, job)
                    .isLessThanOrEqualTo(stock.job(job.name()).totals().stageRetries());
        }
    }
}

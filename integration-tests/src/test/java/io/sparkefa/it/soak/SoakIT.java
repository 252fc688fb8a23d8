package io.sparkefa.it.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.JobReport;
import io.sparkefa.it.app.Vitals;
import io.sparkefa.it.harness.EmulatedEfa;
import io.sparkefa.it.harness.FlowFaults;
import io.sparkefa.it.harness.SparkApplication;
import io.sparkefa.it.harness.SparkLine;
import io.sparkefa.it.soak.Flatness.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two applications run jobs and go through faults at the same time, one over sockets and one over EFA on emulated devices: every job has
 * its rows, and from the second minute on no executor has more and more of anything in use. {@code -Dsoak.minutes=} says how long, {@code
 * -Dsoak.seed=} repeats the choices of a run.
 */
@Tag("soak")
@Timeout(value = 12, unit = TimeUnit.HOURS)
class SoakIT {

    private static final long MINUTES = Long.parseLong(property("soak.minutes", "10"));

    private static final long SEED = Long.parseLong(
            property("soak.seed", Integer.toString(ThreadLocalRandom.current().nextInt(1 << 30))));

    /** Until then code is compiled, classes are loaded, pools and caches grow to their size. */
    private static final long WARM_UP_SECONDS = 120;

    private static final List<Flatness> LEVELS = List.of(
            new Flatness(Vitals.HEAP_BYTES, 8 << 20),
            // Four slabs of a pool.
            new Flatness(Vitals.DIRECT_BYTES, 16 << 20),
            new Flatness(Vitals.MAPPED_BYTES, 16 << 20),
            new Flatness(Sample.REGISTERED_BYTES, 0),
            // The files of one or two jobs that ended lately.
            new Flatness(Vitals.OPEN_FILES, 24),
            new Flatness(Vitals.THREADS, 6),
            new Flatness(Vitals.PLUGIN_THREADS, 0));

    private static String property(String name, String otherwise) {
        String value = System.getProperty(name, "");
        return value.isBlank() ? otherwise : value;
    }

    @Test
    void nothingGrows() throws Exception {
        assumeTrue(EmulatedEfa.isBuilt(), "the EFA emulator is built where libibverbs-dev is installed");
        System.out.printf("soak: %d minutes, seed %d (-Dsoak.seed=%d)%n", MINUTES, SEED, SEED);
        ExecutorService two = Executors.newFixedThreadPool(2);
        try (EmulatedEfa devices = EmulatedEfa.create()) {
            Callable<ApplicationReport> overSockets = SoakIT::runOverSockets;
            Callable<ApplicationReport> overEfa =
                    () -> application("soak-efa").over(devices).run(SoakJob.SOAK);
            Future<ApplicationReport> sockets = two.submit(overSockets);
            Future<ApplicationReport> efa = two.submit(overEfa);
            SoftAssertions level = new SoftAssertions();
            check("sockets", sockets.get(), level);
            check("efa", efa.get(), level);
            level.assertAll();
        } finally {
            two.shutdownNow();
        }
    }

    private static ApplicationReport runOverSockets() throws Exception {
        // Nobody else listens here for as long: these are below the range of ports that the system gives out.
        FlowFaults flows = new FlowFaults("soak-sockets", 17400, 17420, SEED).cutting(4);
        assertThat(flows.compile()).isEmpty();
        ApplicationReport report = application("soak-sockets")
                .set("spark.shuffle.efa.sockets.port", "17400")
                .set("spark.port.maxRetries", "20")
                .with(flows)
                .run(SoakJob.SOAK);
        System.out.printf("soak over sockets: %d flows cut%n", flows.cut());
        return report;
    }

    private static SparkApplication application(String name) {
        return SparkApplication.on(SparkLine.SPARK_4_2, name)
                .limit(Duration.ofMinutes(2 * MINUTES + 15))
                .executors(3, 1)
                .withPlugin()
                .set(SoakJob.MINUTES_KEY, Long.toString(MINUTES))
                .set(SoakJob.SEED_KEY, Long.toString(SEED))
                .set("spark.deploy.maxExecutorRetries", "-1")
                .set("spark.task.maxFailures", "8")
                // The largest blocks of the jobs go to disk.
                .set("spark.network.maxRemoteBlockSizeFetchToMem", "4500k")
                .set("spark.shuffle.io.retryWait", "1s")
                .set("spark.shuffle.efa.sockets.flow.stallTimeout", "3s")
                .set("spark.shuffle.efa.peer.retryInterval", "1s")
                .set("spark.shuffle.efa.peer.retryIntervalMax", "4s");
    }

    private static void check(String transport, ApplicationReport report, SoftAssertions level) {
        JobReport job = report.job(SoakJob.SOAK.name());
        assertThat(job.error()).as("error over %s", transport).isNull();
        job.rows().stream()
                .filter(row -> !row.startsWith("sample"))
                .forEach(row -> System.out.printf("soak over %s: %s%n", transport, row));
        System.out.printf("soak over %s: %s%n", transport, job.totals());
        Map<String, List<Sample>> byExecutor = new TreeMap<>();
        for (Sample sample : Sample.among(job.rows())) {
            byExecutor
                    .computeIfAbsent(sample.executor(), id -> new ArrayList<>())
                    .add(sample);
        }
        int judged = 0;
        for (Map.Entry<String, List<Sample>> executor : byExecutor.entrySet()) {
            judged += judge(transport, executor.getKey(), executor.getValue(), level);
        }
        level.assertThat(judged)
                .as("series that were long enough, over " + transport)
                .isPositive();
    }

    /** How many series of the executor were long enough to be judged. */
    private static int judge(String transport, String executor, List<Sample> samples, SoftAssertions level) {
        // The executors that came later have classes to load as well.
        long first = samples.get(0).seconds();
        long from = (first < WARM_UP_SECONDS ? 0 : first) + WARM_UP_SECONDS;
        int judged = 0;
        for (Flatness flatness : LEVELS) {
            List<Point> points = samples.stream()
                    .filter(sample ->
                            sample.seconds() >= from && sample.values().containsKey(flatness.name()))
                    .map(sample -> new Point(sample.seconds(), sample.values().get(flatness.name())))
                    .toList();
            if (points.size() < Flatness.MIN_SAMPLES) {
                continue;
            }
            judged++;
            double rise = Flatness.rise(points);
            System.out.printf(
                    "soak over %s, executor %s, %s: %d samples of %.0f s, median %.0f, trend %+.0f, allowed %.0f%n",
                    transport,
                    executor,
                    flatness.name(),
                    points.size(),
                    points.get(points.size() - 1).seconds() - points.get(0).seconds(),
                    Flatness.median(points.stream().map(Point::value).toList()),
                    rise,
                    flatness.allowed(points));
            level.assertThat(rise)
                    .as("trend of %s of executor %s over %s: %s", flatness.name(), executor, transport, points)
                    .isLessThanOrEqualTo(flatness.allowed(points));
        }
        return judged;
    }
}

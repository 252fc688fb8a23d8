package io.sparkefa.it.soak;

import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.jobs.RddJob;
import io.sparkefa.it.jobs.SqlJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Runs jobs of all shapes once each, then by chance one after another, with faults, for some minutes, and looks every 15 s between two jobs at what the executors
 * have in use. Fails when a job has other rows than in its first run, which nothing disturbed.
 *
 * <p>Its rows: {@code sample <seconds> <executor> <pid> <name>=<value> ...} as {@link Sample} has it, then sums.
 */
public enum SoakJob implements Job {
    SOAK;

    public static final String MINUTES_KEY = "spark.sparkefa.it.soakMinutes";
    public static final String SEED_KEY = "spark.sparkefa.it.soakSeed";

    private static final Duration SAMPLE_INTERVAL = Duration.ofSeconds(15);

    /** Small blocks and large ones, some to disk; adaptive execution, skew; one shuffle after another. */
    private static final List<Job> JOBS = List.of(
            RddJob.GROUP_BY_KEY,
            RddJob.SORT_BY_KEY,
            RddJob.TINY_BLOCKS,
            RddJob.EMPTY_BLOCKS,
            RddJob.MIXED_BLOCKS,
            RddJob.LARGE_BLOCKS,
            RddJob.CHAINED_SHUFFLES,
            SqlJob.AGGREGATE,
            SqlJob.WIDE_JOIN,
            SqlJob.AQE_COALESCED,
            SqlJob.AQE_SKEW_JOIN);

    @Override
    public List<String> run(JobContext context) throws Exception {
        long durationNs = Duration.ofMinutes(Long.parseLong(context.setting(MINUTES_KEY, "10")))
                .toNanos();
        SplittableRandom random = new SplittableRandom(Long.parseLong(context.setting(SEED_KEY, "1")));
        int executors = context.executors().ids().size();
        Map<Job, List<String>> expected = new HashMap<>();
        for (Job job : JOBS) {
            expected.put(job, job.run(context));
        }
        List<String> rows = new ArrayList<>();
        long startNs = System.nanoTime();
        long sampledNs = startNs;
        int runs = 0;
        try (SoakFaults faults = new SoakFaults(context, random.split())) {
            while (System.nanoTime() - startNs < durationNs) {
                Job job = JOBS.get(random.nextInt(JOBS.size()));
                faults.begin();
                List<String> actual = job.run(context);
                faults.awaitEnd();
                runs++;
                if (!actual.equals(expected.get(job))) {
                    throw new IllegalStateException(job + ", run " + runs + ", has wrong rows: " + actual);
                }
                if (System.nanoTime() - sampledNs >= SAMPLE_INTERVAL.toNanos()) {
                    sampledNs = System.nanoTime();
                    // The driver's collector finds the shuffles that nothing refers to, and Spark removes their files.
                    System.gc();
                    context.executors().awaitCount(executors);
                    for (Sample sample : Sample.take(context, startNs)) {
                        rows.add(sample.toString());
                    }
                }
            }
            rows.add("jobs " + runs);
            rows.addAll(faults.counts());
        }
        return rows;
    }
}

package io.sparkefa.it.bench.work;

import io.sparkefa.it.app.TaskTotals;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.measure.ProcessCpu;
import java.io.IOException;
import java.util.concurrent.TimeoutException;

/** Measures a job that is run again and again: its time, what its tasks say, and the processor time of all executors. */
final class StageFigures {
    private static final double NS_PER_S = 1e9;
    private static final double MS_PER_S = 1e3;

    private final WorkContext context;

    StageFigures(WorkContext context) {
        this.context = context;
    }

    /**
     * Runs the job for about this long, at least once.
     *
     * @return the mean of all runs
     */
    Figures measure(Runnable job, long durationMs) throws IOException, TimeoutException {
        long[] pids = context.executors().stream().mapToLong(Executor::pid).toArray();
        long fallbacksBefore = fallbacks();
        context.events().drain(context.session().sparkContext());
        long cpuBeforeNs = ProcessCpu.ns(pids);
        long startNs = System.nanoTime();
        int runs = 0;
        while (runs == 0 || System.nanoTime() - startNs < durationMs * 1_000_000) {
            job.run();
            runs++;
        }
        long elapsedNs = System.nanoTime() - startNs;
        long cpuNs = ProcessCpu.ns(pids) - cpuBeforeNs;
        TaskTotals totals = context.events().drain(context.session().sparkContext());
        if (totals.failedTasks() > 0) {
            throw new IllegalStateException(totals.failedTasks() + " tasks failed");
        }
        return Figures.ofTransfer(totals.remoteBytes(), totals.remoteBlocks(), elapsedNs, cpuNs)
                .with(Metric.WALL_S, elapsedNs / NS_PER_S / runs)
                .with(Metric.FETCH_WAIT_S, totals.fetchWaitMs() / MS_PER_S / runs)
                .with(Metric.CPU_S, cpuNs / NS_PER_S / runs)
                .with(Metric.FALLBACK_BLOCKS, (double) fallbacks() - fallbacksBefore);
    }

    private long fallbacks() {
        return context.executors().stream()
                .mapToLong(executor -> context.runOn(executor, FallbackCount::ofThisExecutor))
                .sum();
    }
}

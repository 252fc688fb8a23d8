package io.sparkefa.spark;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one executor that are not a transport's: daemons all, and only one of them lives while there is nothing
 * to do.
 */
final class RuntimeThreads implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RuntimeThreads.class);

    /** As many connections to peers that are slow to answer can be waited for at the same time. */
    private static final int BACKGROUND_THREADS = 32;

    /** As many downloads are written at the same time; a disk seldom profits from more. */
    private static final int DISK_THREADS = 8;

    private static final long KEEP_ALIVE_SECONDS = 10;

    /** At most, for downloads that are being written when the executor stops. */
    private static final long CLOSE_NS = TimeUnit.SECONDS.toNanos(2);

    private final ThreadPoolExecutor background = pool("spark-efa-background", BACKGROUND_THREADS);
    private final ThreadPoolExecutor disk = pool("spark-efa-disk", DISK_THREADS);
    private final ScheduledExecutorService housekeeping =
            Executors.newSingleThreadScheduledExecutor(named("spark-efa-housekeeping"));

    private volatile @Nullable Long endNs;

    /** Runs what may wait for a connection or for the driver. Refuses when closed. */
    Executor background() {
        return background;
    }

    /** Runs what may wait for the disk. Refuses when closed. */
    Executor disk() {
        return disk;
    }

    /** Runs a duty again and again, on the one housekeeping thread. */
    void every(long periodMs, String name, Runnable duty) {
        Runnable guarded = () -> {
            try {
                duty.run();
            } catch (RuntimeException e) {
                // An exception would end the repetition, and with it all timeouts.
                LOG.error("{} failed and will be tried again", name, e);
            }
        };
        Future<?> unused = housekeeping.scheduleWithFixedDelay(guarded, periodMs, periodMs, TimeUnit.MILLISECONDS);
    }

    /** {@link #close} will be called, and is to be done by then, on the clock of {@link System#nanoTime}. */
    void endBy(long atNs) {
        endNs = atNs;
    }

    /** Ends housekeeping; what waits for a connection is left to its own timeout, what writes gets some seconds to end. */
    @Override
    public void close() {
        housekeeping.shutdown();
        background.shutdown();
        disk.shutdown();
        Long end = endNs;
        long waitNs = end == null ? CLOSE_NS : Math.min(CLOSE_NS, end - System.nanoTime());
        try {
            if (!disk.awaitTermination(waitNs, TimeUnit.NANOSECONDS)) {
                LOG.warn("Downloads are still being written to disk; they are left to themselves");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ThreadPoolExecutor pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}

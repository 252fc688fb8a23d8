package io.sparkefa.transport.efa;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for what no rail has time for: answering requests and reading files, or opening what was read. Thread-safe.
 */
final class TransportThreads implements Executor {

    private static final Logger LOG = LoggerFactory.getLogger(TransportThreads.class);

    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_MS = 700;

    private final String purpose;
    private final ThreadPoolExecutor pool;

    /** @param purpose in the threads' names */
    TransportThreads(String purpose, int count) {
        this.purpose = purpose;
        AtomicInteger started = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                count,
                count,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new TransportThread(task, "spark-efa-" + purpose + "-" + started.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
    }

    private static final class TransportThread extends Thread {
        TransportThread(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }

    /** Whether the calling thread is one of these, of whatever transport. */
    static boolean isOne(Thread thread) {
        return thread instanceof TransportThread;
    }

    /** Once closed, the calling thread does it. */
    @Override
    public void execute(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException closed) {
            task.run();
        }
    }

    /**
     * Lets what was begun come to its end; nobody is interrupted, which would close the files that are being read.
     *
     * @return whether it came to its end in time; if not, memory may still be copied from and to
     */
    boolean close() {
        pool.shutdown();
        boolean ended = false;
        try {
            ended = pool.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            LOG.error("The {} threads still work after {} ms: what they read from does not answer", purpose, CLOSE_MS);
        }
        return ended;
    }
}

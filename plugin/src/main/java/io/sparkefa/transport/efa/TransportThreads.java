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
final class TransportThreads implements Executor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TransportThreads.class);

    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 10;

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

    /** Lets what was begun come to its end; nobody is interrupted, which would close the files that are being read. */
    @Override
    public void close() {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The {} threads still work after {} s", purpose, CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

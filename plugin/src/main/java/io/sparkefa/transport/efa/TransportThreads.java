package io.sparkefa.transport.efa;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for what no rail has time for: answering requests and reading files, or checking and opening what was read.
 * Thread-safe.
 */
final class TransportThreads implements Executor {

    private static final Logger LOG = LoggerFactory.getLogger(TransportThreads.class);

    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_MS = 700;

    private final String purpose;
    private final ThreadPoolExecutor pool;

    /** @param purpose in the threads' names */
    TransportThreads(String purpose, int count) {
        this(purpose, count, named(purpose));
    }

    TransportThreads(String purpose, int count, ThreadFactory threads) {
        this.purpose = purpose;
        pool = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        pool.allowCoreThreadTimeOut(true);
    }

    private static ThreadFactory named(String purpose) {
        AtomicInteger started = new AtomicInteger();
        return task -> new TransportThread(task, "spark-efa-" + purpose + "-" + started.incrementAndGet());
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

    /**
     * Once closed, and while the system gives no more threads, the calling thread does it: whoever waits for what comes of it must
     * not wait for ever. What a task throws is logged: beyond the thread it would end the executor.
     */
    @Override
    public void execute(Runnable task) {
        Once once = new Once(task);
        try {
            pool.execute(once);
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            once.run();
        }
    }

    /** The pool may have kept a task although it could not start a thread for it. */
    private static final class Once implements Runnable {
        private final Runnable task;
        private final AtomicBoolean begun = new AtomicBoolean();

        Once(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (!begun.compareAndSet(false, true)) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("A task of the EFA transport failed", e);
            }
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

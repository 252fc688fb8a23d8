package io.sparkefa.transport.efa;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that answer requests and read files, so that no rail has to. Thread-safe. */
final class ServerThreads implements Executor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ServerThreads.class);

    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 10;

    private final ThreadPoolExecutor pool;

    ServerThreads(int count) {
        AtomicInteger started = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                count,
                count,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new ServerThread(task, "spark-efa-server-" + started.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
    }

    private static final class ServerThread extends Thread {
        ServerThread(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }

    /** Whether the calling thread is one of these, of whatever transport. */
    static boolean isOne(Thread thread) {
        return thread instanceof ServerThread;
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
                LOG.warn("Requests of peers are still being answered after {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

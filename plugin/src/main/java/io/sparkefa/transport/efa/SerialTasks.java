package io.sparkefa.transport.efa;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tasks that run one after the other, on whatever thread of an executor. Thread-safe. */
final class SerialTasks {

    private static final Logger LOG = LoggerFactory.getLogger(SerialTasks.class);

    private final Executor executor;

    // ---- guarded by this
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    /** @param executor must run what it is given, be it on the calling thread */
    SerialTasks(Executor executor) {
        this.executor = executor;
    }

    void add(Runnable task) {
        synchronized (this) {
            waiting.add(task);
            if (running) {
                return;
            }
            running = true;
        }
        executor.execute(this::runNext);
    }

    /** One task a time, so that a session with many does not keep a thread from the others. */
    private void runNext() {
        Runnable next;
        synchronized (this) {
            next = waiting.remove();
        }
        try {
            next.run();
        } catch (RuntimeException | Error e) {
            // Those that wait still have their turn.
            LOG.error("A task of the EFA transport failed", e);
        }
        synchronized (this) {
            running = !waiting.isEmpty();
            if (!running) {
                return;
            }
        }
        executor.execute(this::runNext);
    }
}

package io.sparkefa.transport.efa;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other threads want a rail to do, in order. Every task that was accepted is run, unless {@link #add} throws after all.
 * Any thread adds; the rail's runs.
 */
final class RailTasks {

    private static final Logger LOG = LoggerFactory.getLogger(RailTasks.class);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    /** @throws RejectedExecutionException after {@link #close} */
    void add(Runnable task) {
        if (!closed) {
            tasks.add(task);
            if (!closed || !tasks.remove(task)) {
                return;
            }
        }
        throw new RejectedExecutionException("the rail is closed");
    }

    boolean isEmpty() {
        return tasks.isEmpty();
    }

    /** Runs at most so many, and answers how many. What one throws is logged and hurts no other. */
    int run(int most) {
        int count = 0;
        for (Runnable task = tasks.poll(); task != null; task = count < most ? tasks.poll() : null) {
            count++;
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("a task on a rail failed", e);
            }
        }
        return count;
    }

    /** Accepts no more. What was accepted before is still to be {@link #run}. */
    void close() {
        closed = true;
    }
}

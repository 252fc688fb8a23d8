package io.sparkefa.transport.socket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** The event loops of one transport. Thread-safe. */
final class SocketLoops implements AutoCloseable {

    /** For loops that serve from a slow disk. */
    private static final long CLOSE_NS = TimeUnit.SECONDS.toNanos(3);

    private final List<SocketLoop> loops;
    private final AtomicInteger next = new AtomicInteger();

    SocketLoops(List<SocketLoop> loops) {
        this.loops = loops;
    }

    static SocketLoops start(int count, LongSupplier clock) throws IOException {
        List<SocketLoop> started = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                started.add(SocketLoop.start("spark-efa-sockets-" + i, clock));
            }
        } catch (IOException | RuntimeException | Error e) {
            new SocketLoops(started).close();
            throw e;
        }
        return new SocketLoops(List.copyOf(started));
    }

    /** In turn, so that the flows of one peer are spread over the loops. */
    SocketLoop next() {
        return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
    }

    SocketLoop first() {
        return loops.get(0);
    }

    /** Ends the loops, and waits some seconds for that unless called by one of them: two that did would wait for each other. */
    @Override
    public void close() {
        loops.forEach(SocketLoop::stop);
        if (loops.stream().noneMatch(SocketLoop::isCurrentThread)) {
            long deadlineNs = System.nanoTime() + CLOSE_NS;
            loops.forEach(loop -> loop.join(deadlineNs));
        }
    }
}

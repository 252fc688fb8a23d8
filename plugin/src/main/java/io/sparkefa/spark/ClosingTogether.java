package io.sparkefa.spark;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parts that are closed at the same time, since each may have to wait for something else: together they take as long as one. */
final class ClosingTogether implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClosingTogether.class);

    // @GuardedBy("this")
    private final List<AutoCloseable> opened = new ArrayList<>();

    synchronized <T extends AutoCloseable> T add(T part) {
        opened.add(part);
        return part;
    }

    /** Returns when all are closed, interrupted or not: what they use is closed next. Harmless when repeated. */
    @Override
    public void close() {
        List<Thread> closers = new ArrayList<>();
        synchronized (this) {
            for (AutoCloseable part : opened) {
                Thread closer = new Thread(() -> close(part), "spark-efa-close");
                closer.setDaemon(true);
                closers.add(closer);
            }
            opened.clear();
        }
        closers.forEach(Thread::start);
        boolean interrupted = false;
        for (Thread closer : closers) {
            interrupted |= join(closer);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether the calling thread was interrupted meanwhile. */
    private static boolean join(Thread closer) {
        boolean interrupted = false;
        while (true) {
            try {
                closer.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.warn("{} could not be closed", part, e);
        }
    }
}

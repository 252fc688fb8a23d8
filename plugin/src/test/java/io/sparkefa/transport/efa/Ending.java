package io.sparkefa.transport.efa;

import io.sparkefa.transport.Await;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** How an operation ended, and that it did so once, on its rail's thread. */
final class Ending implements Rail.Operation {

    private final Rail rail;
    private final AtomicInteger endings = new AtomicInteger();
    private volatile boolean astray;
    private volatile @Nullable RailFailure failure;

    Ending(Rail rail) {
        this.rail = rail;
    }

    @Override
    public void onDone() {
        end();
    }

    @Override
    public void onFailed(RailFailure why) {
        failure = why;
        end();
    }

    private void end() {
        astray |= !rail.isOnThread();
        endings.incrementAndGet();
    }

    boolean isOver() {
        return endings.get() > 0;
    }

    int count() {
        return endings.get();
    }

    /** Waits for it to succeed. */
    void awaitDone() {
        awaitEnd();
        RailFailure why = failure;
        if (why != null) {
            throw new AssertionError(why.kind() + ": " + why.cause().getMessage());
        }
    }

    /** Waits for it to fail. */
    RailFailure awaitFailure() {
        awaitEnd();
        RailFailure why = failure;
        if (why == null) {
            throw new AssertionError("the operation did not fail");
        }
        return why;
    }

    void awaitEnd() {
        Await.until("an operation to end", this::isOver);
        if (endings.get() != 1 || astray) {
            throw new AssertionError("ended " + endings.get() + " times" + (astray ? ", on another thread" : ""));
        }
    }
}

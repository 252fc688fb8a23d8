package io.sparkefa.transport.socket;

import io.sparkefa.transport.TransportException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reads of one connection, first come, first served, cut into stripes as flows take them. Not thread-safe: the
 * connection's lock guards it. A read is handed out to be reported exactly once, when no flow can write to its memory any
 * more.
 */
final class ReadQueue {

    private final int stripeBytes;

    /** Stripes of flows that died; they go first. Mostly empty, in each of thousands of peers. */
    private final Deque<Stripe> again = new ArrayDeque<>(0);

    /** Reads of which something has not been cut into stripes yet. */
    private final Deque<PendingRead> uncut = new ArrayDeque<>();

    /** All reads that have not been reported. */
    private final Set<PendingRead> unreported = new LinkedHashSet<>();

    private long waitingBytes;

    ReadQueue(int stripeBytes) {
        this.stripeBytes = stripeBytes;
    }

    void add(PendingRead read) {
        unreported.add(read);
        uncut.add(read);
        waitingBytes += read.lengthBytes;
    }

    /** Bytes that no flow has taken yet. */
    long waitingBytes() {
        return waitingBytes;
    }

    boolean isEmpty() {
        return unreported.isEmpty();
    }

    /** The length of the stripe that {@link #take} would give; 0 when nothing waits. */
    int nextStripeBytes() {
        Stripe stripe = again.peek();
        if (stripe != null) {
            return stripe.lengthBytes;
        }
        PendingRead read = uncut.peek();
        return read == null ? 0 : Math.min(stripeBytes, read.lengthBytes - read.cutBytes);
    }

    /** The next stripe, which is under way from now on; null when nothing waits. */
    @Nullable
    Stripe take() {
        Stripe stripe = again.poll();
        if (stripe == null) {
            PendingRead read = uncut.peek();
            if (read == null) {
                return null;
            }
            stripe = new Stripe(read, read.cutBytes, nextStripeBytes());
            read.cutBytes += stripe.lengthBytes;
            if (read.cutBytes == read.lengthBytes) {
                uncut.remove();
            }
        }
        waitingBytes -= stripe.lengthBytes;
        stripe.read.stripesUnderWay++;
        return stripe;
    }

    /** A stripe has arrived. Returns its read when that is to be reported now. */
    @Nullable
    PendingRead arrived(Stripe stripe) {
        stripe.read.arrivedBytes += stripe.lengthBytes;
        return noLongerUnderWay(stripe.read);
    }

    /** A stripe cannot be had, nor can its read. Returns the read when that is to be reported now. */
    @Nullable
    PendingRead failed(Stripe stripe, TransportException cause) {
        fail(stripe.read, cause);
        return noLongerUnderWay(stripe.read);
    }

    /**
     * The flow of a stripe under way has died: the stripe waits again, before all others, unless its read has failed. Returns
     * the read when that is to be reported now.
     */
    @Nullable
    PendingRead putBack(Stripe stripe) {
        if (stripe.read.failure == null) {
            stripe.failedFlows++;
            again.addFirst(stripe);
            waitingBytes += stripe.lengthBytes;
        }
        return noLongerUnderWay(stripe.read);
    }

    /** Fails every read. Returns those to be reported now; the others follow as their stripes come back. */
    List<PendingRead> failAll(TransportException cause) {
        List<PendingRead> ended = new ArrayList<>();
        for (PendingRead read : List.copyOf(unreported)) {
            fail(read, cause);
            if (read.stripesUnderWay == 0) {
                unreported.remove(read);
                ended.add(read);
            }
        }
        return ended;
    }

    private void fail(PendingRead read, TransportException cause) {
        if (read.failure != null) {
            return;
        }
        read.failure = cause;
        if (read.cutBytes < read.lengthBytes) {
            uncut.remove(read);
            waitingBytes -= read.lengthBytes - read.cutBytes;
        }
        for (Iterator<Stripe> stripes = again.iterator(); stripes.hasNext(); ) {
            Stripe stripe = stripes.next();
            if (stripe.read == read) {
                stripes.remove();
                waitingBytes -= stripe.lengthBytes;
            }
        }
    }

    private @Nullable PendingRead noLongerUnderWay(PendingRead read) {
        read.stripesUnderWay--;
        boolean over = read.stripesUnderWay == 0 && (read.failure != null || read.arrivedBytes == read.lengthBytes);
        return over && unreported.remove(read) ? read : null;
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.FabricException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sends and reads of a rail: those in flight, and those that wait for a credit, for a send buffer, or for a provider whose
 * queues are full. Each peer has its own line, so that one which takes nothing holds up nobody else; peers with something
 * waiting take turns. Confined to the rail's thread.
 *
 * <p>No operation ends within the call that begins it: what cannot be posted fails later, in {@link #deliverFailures}.
 */
final class RailTraffic {

    private static final Logger LOG = LoggerFactory.getLogger(RailTraffic.class);

    private final int railIndex;
    private final RailLimits limits;
    private final SendBuffers sendBuffers;
    private final RailFailures failures;
    private final OperationTable inFlight;
    private final Deque<Peer> line = new ArrayDeque<>();
    private final Deque<Failed> failed = new ArrayDeque<>();
    private final Deque<Failed> delivering = new ArrayDeque<>();
    /** Nothing while the rail is down. */
    private @Nullable RailEndpoint endpoint;

    private RailFailure whyDown;
    private int readsInFlight;

    /** Posted or waiting; written by the rail's thread only. */
    private volatile int readsOutstanding;

    private record Failed(Rail.Operation operation, RailFailure failure) {}

    RailTraffic(int railIndex, RailLimits limits, SendBuffers sendBuffers, RailFailures failures) {
        this.railIndex = railIndex;
        this.limits = limits;
        this.sendBuffers = sendBuffers;
        this.failures = failures;
        this.inFlight = new OperationTable(limits.operations());
        this.whyDown = failures.railDown("it was never up");
    }

    void onUp(RailEndpoint opened) {
        endpoint = opened;
    }

    /** The endpoint is closed, or lost: everything ends, now and until {@link #onUp}, with this failure. */
    void onDown(RailFailure failure) {
        endpoint = null;
        boolean memoryLost = failure.isMemoryLost();
        whyDown = memoryLost ? failures.railDown(String.valueOf(failure.cause().getMessage())) : failure;
        for (OperationTable.Slot slot = inFlight.first(); slot != null; slot = inFlight.first()) {
            boolean lost = memoryLost && slot.isRead();
            failed.add(new Failed(slot.operation(), lost ? failure : whyDown));
            end(slot);
        }
        for (Peer peer = line.poll(); peer != null; peer = line.poll()) {
            peer.inLine = false;
            peer.waitingSends.forEach(send -> failed.add(new Failed(send.operation(), whyDown)));
            peer.waitingReads.forEach(read -> failed.add(new Failed(read.operation(), whyDown)));
            peer.waitingSends.clear();
            peer.waitingReads.clear();
        }
        readsOutstanding = 0;
    }

    void send(Peer peer, ByteBuffer message, Rail.Operation operation) {
        if (message.remaining() > limits.messageBytes()) {
            throw new IllegalArgumentException(
                    "a message of " + message.remaining() + " bytes is longer than " + limits.messageBytes());
        }
        if (endpoint == null) {
            failed.add(new Failed(operation, whyDown));
        } else if (!line.isEmpty() || !maySend(peer) || !postSend(endpoint, peer, message, operation)) {
            ByteBuffer copy = ByteBuffer.allocate(message.remaining())
                    .put(message.duplicate())
                    .flip();
            peer.waitingSends.add(new Peer.WaitingSend(copy, operation));
            queue(peer);
        }
    }

    void read(
            Peer peer,
            long remoteAddress,
            long key,
            RegisteredMemory local,
            long offset,
            int lengthBytes,
            Rail.Operation operation) {
        if (offset < 0 || lengthBytes <= 0 || offset + lengthBytes > local.lengthBytes()) {
            throw new IllegalArgumentException(
                    "a read of " + lengthBytes + " bytes to offset " + offset + " of " + local);
        }
        if (endpoint == null) {
            failed.add(new Failed(operation, whyDown));
            return;
        }
        countRead(1);
        if (!line.isEmpty()
                || !mayRead(peer)
                || !postRead(endpoint, peer, remoteAddress, key, local, offset, lengthBytes, operation)) {
            peer.waitingReads.add(new Peer.WaitingRead(remoteAddress, key, local, offset, lengthBytes, operation));
            queue(peer);
        }
    }

    /**
     * Posts what waits and what there is room for, one round of all peers.
     *
     * @return how many operations were posted, or could not be and failed
     */
    int postWaiting() {
        int ended = 0;
        RailEndpoint current = endpoint;
        for (int peersToTry = line.size(); peersToTry > 0 && current != null && !inFlight.isFull(); peersToTry--) {
            Peer peer = line.remove();
            ended += postWaiting(current, peer);
            peer.inLine = peer.hasWaiting();
            if (peer.inLine) {
                line.add(peer);
            }
        }
        return ended;
    }

    boolean hasWaiting() {
        return !line.isEmpty();
    }

    int inFlightCount() {
        return inFlight.count();
    }

    int readsOutstanding() {
        return readsOutstanding;
    }

    boolean hasFailures() {
        return !failed.isEmpty();
    }

    /** What is known of an operation in flight; nothing when there is none with this context. */
    OperationTable.@Nullable Slot find(long context) {
        return inFlight.find(context);
    }

    void onDone(OperationTable.Slot slot) {
        Rail.Operation operation = slot.operation();
        countRead(slot.isRead() ? -1 : 0);
        end(slot);
        try {
            operation.onDone();
        } catch (RuntimeException | Error e) {
            LOG.error("what follows an operation failed", e);
        }
    }

    void onError(OperationTable.Slot slot, CompletionError error) {
        RailFailure failure = failures.of(slot.describe(), error);
        if (failure.kind() == RailFailure.Kind.PEER_GONE || failure.kind() == RailFailure.Kind.UNREACHABLE) {
            slot.peer().gone = true;
        }
        fail(slot, failure);
    }

    /**
     * Tells operations that they have failed, those up to now.
     *
     * @return how many
     */
    int deliverFailures() {
        delivering.addAll(failed);
        failed.clear();
        int count = delivering.size();
        for (Failed one = delivering.poll(); one != null; one = delivering.poll()) {
            try {
                one.operation().onFailed(one.failure());
            } catch (RuntimeException | Error e) {
                LOG.error("what follows a failed operation failed", e);
            }
        }
        return count;
    }

    private boolean maySend(Peer peer) {
        return !inFlight.isFull() && sendBuffers.hasFree() && peer.sendsInFlight < limits.sendsPerPeer();
    }

    private boolean mayRead(Peer peer) {
        return !inFlight.isFull() && readsInFlight < limits.reads() && peer.readsInFlight < limits.readsPerPeer();
    }

    private void queue(Peer peer) {
        if (!peer.inLine) {
            peer.inLine = true;
            line.add(peer);
        }
    }

    private int postWaiting(RailEndpoint current, Peer peer) {
        int ended = 0;
        for (Peer.WaitingSend send = peer.waitingSends.peek();
                send != null && maySend(peer) && postSend(current, peer, send.message(), send.operation());
                send = peer.waitingSends.peek()) {
            peer.waitingSends.remove();
            ended++;
        }
        for (Peer.WaitingRead read = peer.waitingReads.peek();
                read != null
                        && mayRead(peer)
                        && postRead(
                                current,
                                peer,
                                read.remoteAddress(),
                                read.key(),
                                read.local(),
                                read.offset(),
                                read.lengthBytes(),
                                read.operation());
                read = peer.waitingReads.peek()) {
            peer.waitingReads.remove();
            ended++;
        }
        return ended;
    }

    /** False when the provider has no room now. An operation that cannot be posted at all has failed, which is true. */
    private boolean postSend(RailEndpoint current, Peer peer, ByteBuffer message, Rail.Operation operation) {
        int lengthBytes = message.remaining();
        int buffer = sendBuffers.fill(message);
        OperationTable.Slot slot = inFlight.add(operation, peer, buffer, lengthBytes);
        peer.sendsInFlight++;
        boolean posted = false;
        try {
            long number = PeerTable.number(peer, current.addresses);
            posted = current.endpoint.send(
                    sendBuffers.region(), sendBuffers.offset(buffer), lengthBytes, number, slot.context());
        } catch (FabricException e) {
            fail(slot, failures.of(slot.describe(), e));
            return true;
        }
        if (!posted) {
            end(slot);
        }
        return posted;
    }

    /** As {@link #postSend}. */
    private boolean postRead(
            RailEndpoint current,
            Peer peer,
            long remoteAddress,
            long key,
            RegisteredMemory local,
            long offset,
            int lengthBytes,
            Rail.Operation operation) {
        OperationTable.Slot slot = inFlight.add(operation, peer, OperationTable.Slot.NO_BUFFER, lengthBytes);
        peer.readsInFlight++;
        readsInFlight++;
        boolean posted = false;
        try {
            long number = PeerTable.number(peer, current.addresses);
            posted = current.endpoint.read(
                    local.region(railIndex), offset, lengthBytes, number, remoteAddress, key, slot.context());
        } catch (FabricException e) {
            fail(slot, failures.of(slot.describe(), e));
            return true;
        }
        if (!posted) {
            end(slot);
        }
        return posted;
    }

    private void fail(OperationTable.Slot slot, RailFailure failure) {
        failed.add(new Failed(slot.operation(), failure));
        countRead(slot.isRead() ? -1 : 0);
        end(slot);
    }

    // One thread writes it.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void countRead(int change) {
        readsOutstanding += change;
    }

    /** The operation is not in flight any more: its slot, its buffer and its credits are free. */
    private void end(OperationTable.Slot slot) {
        Peer peer = slot.peer();
        if (slot.isRead()) {
            readsInFlight--;
            peer.readsInFlight--;
        } else {
            sendBuffers.release(slot.sendBuffer());
            peer.sendsInFlight--;
        }
        inFlight.remove(slot);
    }
}

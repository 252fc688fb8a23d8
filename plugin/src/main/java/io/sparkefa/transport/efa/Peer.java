package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Another endpoint, as a rail knows it: its number in the address vector, and what waits to be posted to it. Confined to the
 * rail's thread.
 */
final class Peer {

    /** It has no number in the address vector of this endpoint yet. */
    static final long NOT_INSERTED = -1;

    /** What {@link Rail#insertPeer} answered. */
    final long handle;

    final byte[] address;

    /** {@code fi_addr_t}. */
    long number = NOT_INSERTED;

    /** How often it was inserted and not released. */
    int users;

    /** When the last user left. */
    long unusedSinceNs;

    /** An operation to it failed in a way that says that it will never come back under this address. */
    boolean gone;

    int sendsInFlight;
    int readsInFlight;

    final Deque<WaitingSend> waitingSends = new ArrayDeque<>();
    final Deque<WaitingRead> waitingReads = new ArrayDeque<>();

    /** It has its turn when there is room for more operations. */
    boolean inLine;

    Peer(long handle, byte[] address) {
        this.handle = handle;
        this.address = address;
    }

    boolean hasWaiting() {
        return !waitingSends.isEmpty() || !waitingReads.isEmpty();
    }

    boolean isIdle() {
        return sendsInFlight == 0 && readsInFlight == 0 && !hasWaiting();
    }

    /** @param message a copy on the heap */
    record WaitingSend(ByteBuffer message, Rail.Operation operation) {}

    record WaitingRead(
            long remoteAddress,
            long key,
            RegisteredMemory local,
            long offset,
            int lengthBytes,
            Rail.Operation operation) {}
}

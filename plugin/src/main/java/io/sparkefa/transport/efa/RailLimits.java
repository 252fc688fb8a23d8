package io.sparkefa.transport.efa;

import io.sparkefa.fabric.FabricInfo;

/**
 * How much a rail has in flight. libfabric does not protect a completion queue from being overrun, so the rail bounds its
 * operations by the queues' sizes.
 *
 * @param operations sends and reads posted at a time
 * @param reads of these at most; some are left for sends, which let peers go on
 * @param readsPerPeer so that peers that have stopped do not hold all of them
 * @param sends posted at a time, which is how many send buffers there are
 * @param sendsPerPeer likewise
 * @param receives receive buffers posted
 * @param messageBytes length of a send or receive buffer
 * @param completionQueueSize room for all of these, in entries
 */
record RailLimits(
        int operations,
        int reads,
        int readsPerPeer,
        int sends,
        int sendsPerPeer,
        int receives,
        int messageBytes,
        int completionQueueSize) {

    /** Entries of the completion queue beyond those that can be needed. */
    private static final int SPARE_ENTRIES = 64;

    static RailLimits of(EfaSettings settings, FabricInfo info) {
        int receives = Math.max(1, Math.min(settings.queues().receiveBuffers(), info.receiveQueueSize()));
        int operations = Math.max(
                2, Math.min(settings.queues().reads() + settings.queues().sendBuffers(), info.transmitQueueSize()));
        int sends = Math.max(1, Math.min(settings.queues().sendBuffers(), operations / 2));
        int reads = Math.max(1, Math.min(settings.queues().reads(), operations - sends));
        return new RailLimits(
                operations,
                reads,
                quarter(reads),
                sends,
                quarter(sends),
                receives,
                settings.queues().messageBytes(),
                Math.max(info.transmitQueueSize(), operations)
                        + Math.max(info.receiveQueueSize(), receives)
                        + SPARE_ENTRIES);
    }

    private static int quarter(int all) {
        return Math.max(Math.min(all, 4), all / 4);
    }
}

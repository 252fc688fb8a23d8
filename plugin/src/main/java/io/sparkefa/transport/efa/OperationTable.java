package io.sparkefa.transport.efa;

import org.jspecify.annotations.Nullable;

/**
 * The sends and reads that have been posted and have not completed, by the context they were posted with. What is in the
 * table belongs to the NIC. Confined to the rail's thread.
 *
 * <p>A slot is used again only for another context, so that a completion that comes twice, or out of nowhere, finds nothing.
 */
final class OperationTable {

    /** Marks an operation's context; the number of a receive buffer, which is a context too, has this bit clear. */
    private static final long OPERATION = 1L << 62;

    private final Slot[] slots;
    private final int[] freeSlots;
    private int freeCount;

    OperationTable(int capacity) {
        slots = new Slot[capacity];
        freeSlots = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            slots[i] = new Slot(i);
            freeSlots[capacity - 1 - i] = i;
        }
        freeCount = capacity;
    }

    /** One operation in flight; reused for another one after {@link #remove}. */
    static final class Slot {

        /** A read has no send buffer. */
        static final int NO_BUFFER = -1;

        private final int index;
        private int sequence;
        private Rail.@Nullable Operation operation;
        private @Nullable Peer peer;
        private int sendBuffer;
        private int lengthBytes;

        private Slot(int index) {
            this.index = index;
        }

        long context() {
            return OPERATION | (long) sequence << 32 | index;
        }

        boolean isRead() {
            return sendBuffer == NO_BUFFER;
        }

        int sendBuffer() {
            return sendBuffer;
        }

        Peer peer() {
            return present(peer);
        }

        Rail.Operation operation() {
            return present(operation);
        }

        String describe() {
            return (isRead() ? "fi_read of " : "fi_send of ") + lengthBytes + " bytes";
        }

        private static <T> T present(@Nullable T value) {
            if (value == null) {
                throw new IllegalStateException("no operation in this slot");
            }
            return value;
        }
    }

    int count() {
        return slots.length - freeCount;
    }

    boolean isFull() {
        return freeCount == 0;
    }

    /** @param sendBuffer {@link Slot#NO_BUFFER} for a read */
    Slot add(Rail.Operation operation, Peer peer, int sendBuffer, int lengthBytes) {
        if (isFull()) {
            throw new IllegalStateException("all " + slots.length + " operations are in flight");
        }
        Slot slot = slots[freeSlots[--freeCount]];
        slot.sequence = slot.sequence + 1 & 0x3fff_ffff;
        slot.operation = operation;
        slot.peer = peer;
        slot.sendBuffer = sendBuffer;
        slot.lengthBytes = lengthBytes;
        return slot;
    }

    /** Nothing when there is no such operation in flight. */
    @Nullable
    Slot find(long context) {
        int index = (int) context;
        if (index < 0 || index >= slots.length) {
            return null;
        }
        Slot slot = slots[index];
        return slot.operation != null && slot.context() == context ? slot : null;
    }

    void remove(Slot slot) {
        slot.operation = null;
        slot.peer = null;
        freeSlots[freeCount++] = slot.index;
    }

    /** Any one that is in flight; nothing when there is none. */
    @Nullable
    Slot first() {
        if (count() == 0) {
            return null;
        }
        for (Slot slot : slots) {
            if (slot.operation != null) {
                return slot;
            }
        }
        throw new IllegalStateException(count() + " operations are in flight and none is in the table");
    }
}

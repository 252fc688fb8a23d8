package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.Completions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An array of {@code struct fi_cq_tagged_entry}, which ends with the queue it is for. */
final class FfmCompletions implements Completions {

    private static final long ENTRY_BYTES = Layouts.FI_CQ_TAGGED_ENTRY.byteSize();
    private static final long CONTEXT = Struct.offset(Layouts.FI_CQ_TAGGED_ENTRY, "op_context");
    private static final long FLAGS = Struct.offset(Layouts.FI_CQ_TAGGED_ENTRY, "flags");
    private static final long LENGTH = Struct.offset(Layouts.FI_CQ_TAGGED_ENTRY, "len");
    private static final long TAG = Struct.offset(Layouts.FI_CQ_TAGGED_ENTRY, "tag");

    private final FfmCompletionQueue queue;
    private final MemorySegment entries;
    private final int capacity;

    FfmCompletions(FfmCompletionQueue queue, Arena arena, int capacity) {
        this.queue = queue;
        this.entries = arena.allocate(ENTRY_BYTES * capacity, JAVA_LONG.byteAlignment());
        this.capacity = capacity;
    }

    boolean isOf(FfmCompletionQueue other) {
        return queue == other;
    }

    long address() {
        return entries.address();
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public long context(int index) {
        return entries.get(JAVA_LONG, index * ENTRY_BYTES + CONTEXT);
    }

    @Override
    public long flags(int index) {
        return entries.get(JAVA_LONG, index * ENTRY_BYTES + FLAGS);
    }

    @Override
    public long lengthBytes(int index) {
        return entries.get(JAVA_LONG, index * ENTRY_BYTES + LENGTH);
    }

    @Override
    public long tag(int index) {
        return entries.get(JAVA_LONG, index * ENTRY_BYTES + TAG);
    }
}

package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;

/**
 * A C structure whose fields are read and written by name. For setting up; what runs per operation uses offsets. Somebody
 * else owns the memory.
 */
final class Struct {

    /**
     * What is allocated for a structure at least. Newer libraries know more fields at the end of most of them, and expect
     * zeros there or write into them.
     */
    private static final long ROOM_BYTES = 256;

    private static final long ALIGNMENT = 8;

    private final MemorySegment memory;
    private final StructLayout layout;

    private Struct(MemorySegment memory, StructLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    /** A structure of ours, zeroed, with room for what newer libraries append to it. */
    static Struct allocate(Arena arena, StructLayout layout) {
        return new Struct(arena.allocate(Math.max(ROOM_BYTES, layout.byteSize()), ALIGNMENT), layout);
    }

    /** A structure of the library's. */
    static Struct at(long address, StructLayout layout) {
        return new Struct(MemorySegment.ofAddress(address).reinterpret(layout.byteSize()), layout);
    }

    long address() {
        return memory.address();
    }

    /** The value of a field; of four bytes as an unsigned number. */
    long get(String field) {
        long offset = offset(layout, field);
        return isInt(field) ? Integer.toUnsignedLong(memory.get(JAVA_INT, offset)) : memory.get(JAVA_LONG, offset);
    }

    int getInt(String field) {
        return memory.get(JAVA_INT, offset(layout, field));
    }

    void set(String field, long value) {
        long offset = offset(layout, field);
        if (isInt(field)) {
            memory.set(JAVA_INT, offset, Math.toIntExact(value));
        } else {
            memory.set(JAVA_LONG, offset, value);
        }
    }

    void clear() {
        memory.fill((byte) 0);
    }

    /** The structure that a field points to; null when it points nowhere. */
    @Nullable
    Struct pointer(String field, StructLayout target) {
        long address = get(field);
        return address == 0 ? null : at(address, target);
    }

    /** The structure that a field points to, where libfabric always allocates one. */
    Struct required(String field, StructLayout target) {
        Struct struct = pointer(field, target);
        if (struct == null) {
            throw new IllegalStateException(layout.name().orElseThrow() + "." + field + " is null");
        }
        return struct;
    }

    /** The text that a field points to; empty when it points nowhere. */
    String string(String field) {
        return stringAt(get(field));
    }

    /** The zero-terminated text at an address; empty when that is null. */
    static String stringAt(long address) {
        return address == 0
                ? ""
                : MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
    }

    static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    private boolean isInt(String field) {
        MemoryLayout selected = layout.select(PathElement.groupElement(field));
        return selected.byteSize() == JAVA_INT.byteSize();
    }
}

package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;

/**
 * The functions of one object: a table such as {@code struct fi_ops_msg}, which starts with its own size and belongs to the
 * provider. A slot that an older library does not have yet, or that is null, is a function that is missing
 * ({@code FI_CHECK_OP} of {@code rdma/fabric.h}).
 */
final class OpsTable {

    private final @Nullable MemorySegment table;
    private final StructLayout layout;

    private OpsTable(@Nullable MemorySegment table, StructLayout layout) {
        this.table = table;
        this.layout = layout;
    }

    /** @param field of {@code object} that points to the table; null when the object has no such functions */
    static OpsTable of(Struct object, String field, StructLayout layout) {
        long address = object.get(field);
        if (address == 0) {
            return new OpsTable(null, layout);
        }
        long size = MemorySegment.ofAddress(address)
                .reinterpret(JAVA_LONG.byteSize())
                .get(JAVA_LONG, 0);
        return new OpsTable(MemorySegment.ofAddress(address).reinterpret(size), layout);
    }

    /** The address of a function, to be called; {@link Downcalls#MISSING} when there is none. */
    MemorySegment function(String slot) {
        long offset = Struct.offset(layout, slot);
        if (table == null || table.byteSize() < offset + JAVA_LONG.byteSize()) {
            return Downcalls.MISSING;
        }
        return MemorySegment.ofAddress(table.get(JAVA_LONG, offset));
    }
}

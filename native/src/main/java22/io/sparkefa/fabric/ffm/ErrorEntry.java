package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Where a queue puts an error: {@code struct fi_cq_err_entry} or {@code fi_eq_err_entry}, and room for the text of it. Belongs
 * to the thread that reads the queue.
 */
final class ErrorEntry {

    private static final long TEXT_BYTES = 1024;

    private final Exports exports;
    private final Struct entry;
    private final MemorySegment text;

    ErrorEntry(Exports exports, Arena arena, StructLayout layout) {
        this.exports = exports;
        this.entry = Struct.allocate(arena, layout);
        this.text = arena.allocate(TEXT_BYTES, JAVA_LONG.byteAlignment());
    }

    /**
     * {@code fi_…_readerr}.
     *
     * @return as C: 1, or negative
     */
    long read(MemorySegment function, long queue) {
        // With err_data_size 0 the provider lends its own data instead of copying it.
        entry.clear();
        return ObjectCalls.readError(function, queue, entry.address());
    }

    long get(String field) {
        return entry.get(field);
    }

    /** The positive {@code FI_E…} value; some providers report it negative. */
    int code() {
        return Math.abs(entry.getInt("err"));
    }

    int providerError() {
        return entry.getInt("prov_errno");
    }

    /** What libfabric says of the code, and the provider of its own number. */
    String text(MemorySegment strerror, long queue) {
        text.fill((byte) 0);
        String general = exports.errorText(code());
        String special = ObjectCalls.errorText(strerror, queue, providerError(), entry.get("err_data"), text);
        return special.isEmpty() || special.equals(general) ? general : general + ": " + special;
    }
}

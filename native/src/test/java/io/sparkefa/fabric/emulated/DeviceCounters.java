package io.sparkefa.fabric.emulated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;

/**
 * What devices have counted. Counters of a real device have its driver's names ({@code rdma_read_bytes}, {@code send_bytes},
 * {@code recv_wrs}, …); those that only the emulated one has begin with {@code emu_}. src/test/c/README.md lists them.
 */
public record DeviceCounters(Map<String, Long> values) {
    static final DeviceCounters NONE = new DeviceCounters(Map.of());

    private static final int NAME_BYTES = 24;
    private static final int RECORD_BYTES = NAME_BYTES + Long.BYTES;

    /** Zero for a counter that nothing has counted with; fails for a name that there is not. */
    public long get(String name) {
        Long value = values.get(name);
        if (value == null && !values.isEmpty()) {
            throw new IllegalArgumentException("no counter " + name + " in " + values.keySet());
        }
        return value == null ? 0 : value;
    }

    public DeviceCounters minus(DeviceCounters earlier) {
        return with(earlier, (now, before) -> now - before);
    }

    public DeviceCounters plus(DeviceCounters other) {
        return with(other, Long::sum);
    }

    private DeviceCounters with(DeviceCounters other, LongBinaryOperator operator) {
        Map<String, Long> result = new TreeMap<>(values);
        other.values.forEach(
                (name, value) -> result.put(name, operator.applyAsLong(values.getOrDefault(name, 0L), value)));
        return new DeviceCounters(result);
    }

    static DeviceCounters read(Path file) {
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Long> values = new TreeMap<>();
        for (int at = 0; at + RECORD_BYTES <= bytes.limit() && bytes.get(at) != 0; at += RECORD_BYTES) {
            String name = new String(bytes.array(), at, NAME_BYTES, StandardCharsets.US_ASCII);
            values.put(name.substring(0, name.indexOf(0)), bytes.getLong(at + NAME_BYTES));
        }
        return new DeviceCounters(values);
    }
}

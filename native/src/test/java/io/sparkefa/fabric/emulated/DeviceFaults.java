package io.sparkefa.fabric.emulated;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The faults of the emulated devices in a directory: a mapped file of rules, laid out as {@code struct faults} in
 * src/test/c/faults.c. A rule works at once, in every process, and ends with the process that started it at the latest.
 */
public final class DeviceFaults {
    private static final int FILE_BYTES = 4096;
    private static final int RULE_BYTES = 64;
    private static final int FIRST_RULE = 64;
    private static final int NO_RULE = 0;
    private static final int GENERATION = 32;
    private static final int HITS = 56;
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final MappedByteBuffer file;

    private DeviceFaults(MappedByteBuffer file) {
        this.file = file;
    }

    static DeviceFaults in(Path directory) {
        try {
            Files.createDirectories(directory);
            try (RandomAccessFile file =
                    new RandomAccessFile(directory.resolve("faults").toFile(), "rw")) {
                MappedByteBuffer mapped = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES);
                mapped.order(ByteOrder.nativeOrder());
                return new DeviceFaults(mapped);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts the rule into effect, until the fault is closed. */
    public synchronized Fault start(FaultRule rule) {
        int at = FIRST_RULE;
        while (at < FILE_BYTES && (int) INT.getAcquire(file, at) != NO_RULE) {
            at += RULE_BYTES;
        }
        if (at == FILE_BYTES) {
            throw new IllegalStateException("there is no room for another rule");
        }
        rule.write(file, at, (int) ProcessHandle.current().pid(), file.getInt(at + GENERATION) + 1);
        INT.setRelease(file, at, rule.kind());
        int used = (at - FIRST_RULE) / RULE_BYTES + 1;
        if ((int) INT.getAcquire(file, 0) < used) {
            INT.setRelease(file, 0, used);
        }
        return new Fault(this, at);
    }

    void lift(int at) {
        INT.setRelease(file, at, NO_RULE);
    }

    long hits(int at) {
        return (long) LONG.getAcquire(file, at + HITS);
    }
}

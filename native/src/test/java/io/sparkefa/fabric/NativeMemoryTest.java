package io.sparkefa.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeMemoryTest {

    private static final int PAGE_BYTES = 4096;
    private static final long HUGE_PAGE_BYTES = 2L << 20;

    private final FabricSupport support = FabricSupport.load(new FabricRequest("sockets", Optional.empty(), 0));

    @TempDir
    Path folder;

    @BeforeEach
    void needsLibfabric() {
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));
    }

    @Test
    void isZeroedAlignedAndWritable() throws FabricException {
        try (NativeMemory memory = support.libfabric().allocate(10_000, false)) {
            assertThat(memory.address() % PAGE_BYTES).isZero();
            assertThat(memory.lengthBytes()).isEqualTo(10_000);
            assertThat(memory.isHugePaged()).isFalse();
            ByteBuffer end = memory.slice(9_992, 8);
            assertThat(end.getLong(0)).isZero();
            end.putLong(0, 42);
            assertThat(memory.slice(9_000, 1000).getLong(992)).isEqualTo(42);
        }
    }

    @Test
    void beginsWhereAHugePageCan() throws FabricException {
        try (NativeMemory memory = support.libfabric().allocate(HUGE_PAGE_BYTES + 1, true)) {
            assertThat(memory.address() % HUGE_PAGE_BYTES).isZero();
            assertThat(memory.lengthBytes()).isEqualTo(HUGE_PAGE_BYTES + 1);
            memory.slice(HUGE_PAGE_BYTES, 1).put(0, (byte) 1);
        }
    }

    @Test
    void findsItsOwnBuffers() throws FabricException {
        try (NativeMemory memory = support.libfabric().allocate(1000, false)) {
            ByteBuffer part = memory.slice(100, 200);
            assertThat(memory.offsetOf(part)).isEqualTo(100);
            assertThat(memory.offsetOf(part.position(50).slice())).isEqualTo(150);
            assertThat(memory.offsetOf(part.asReadOnlyBuffer())).isEqualTo(150);
            assertThat(memory.offsetOf(ByteBuffer.allocateDirect(8))).isEqualTo(-1);
            assertThat(memory.offsetOf(ByteBuffer.allocate(8))).isEqualTo(-1);
        }
    }

    @Test
    void fillsFromAFile() throws Exception {
        try (NativeMemory memory = support.libfabric().allocate(1000, false);
                FileChannel file = FileChannel.open(
                        folder.resolve("file"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            memory.slice(0, 8).putLong(0, 42);
            file.write(memory.slice(0, 8), 0);
            file.read(memory.slice(500, 8), 0);
            assertThat(memory.slice(500, 8).getLong(0)).isEqualTo(42);
        }
    }

    @Test
    void isOutOfReachOnceClosed() throws FabricException {
        NativeMemory memory = support.libfabric().allocate(1000, false);
        ByteBuffer buffer = memory.slice(0, 8);
        memory.close();
        memory.close();
        assertThatThrownBy(() -> buffer.getLong(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void saysHowMuchTheSystemDoesNotHave() {
        long tooMuch = 1L << 60;
        assertThatThrownBy(() -> support.libfabric().allocate(tooMuch, true))
                .isInstanceOf(FabricException.class)
                .hasMessageContaining("bytes failed: Cannot allocate memory");
    }

    @Test
    void knowsHowMuchMayBeLocked() {
        assertThat(support.libfabric().maxLockedBytes()).isPositive();
    }
}

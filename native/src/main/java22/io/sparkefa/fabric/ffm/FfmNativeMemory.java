package io.sparkefa.fabric.ffm;

import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.NativeMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Anonymous memory from {@code mmap}. Its buffers belong to a shared arena: using one after {@link #close} is an exception and
 * not a crash.
 */
final class FfmNativeMemory implements NativeMemory {

    private static final long HUGE_PAGE_BYTES = 2L << 20;

    private static final Path TRANSPARENT_HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

    private final Arena arena;
    private final MemorySegment segment;
    private final boolean hugePaged;

    /** Regions registered over it. Guarded by this. */
    private int regionCount;

    /** Guarded by this. */
    private boolean closed;

    private FfmNativeMemory(long mapping, long mappedBytes, long address, long lengthBytes, boolean hugePaged) {
        this.arena = Arena.ofShared();
        this.segment = MemorySegment.ofAddress(address)
                .reinterpret(lengthBytes, arena, ignored -> LibC.munmap(mapping, mappedBytes));
        this.hugePaged = hugePaged;
    }

    static FfmNativeMemory allocate(Exports exports, long lengthBytes, boolean hugePages) throws FabricException {
        if (lengthBytes <= 0) {
            throw new IllegalArgumentException("memory of " + lengthBytes + " bytes");
        }
        if (hugePages) {
            FfmNativeMemory reserved = reservedHugePages(lengthBytes);
            return reserved != null ? reserved : transparentHugePages(exports, lengthBytes);
        }
        long address = map(exports, lengthBytes);
        return new FfmNativeMemory(address, lengthBytes, address, lengthBytes, false);
    }

    /**
     * From the system's pool of huge pages. A container may be given fewer of them than it may map, and a page that is missing
     * when it is first touched ends the process (SIGBUS): so all are touched here, by a call that fails instead. Kernels before
     * 5.14 do not have it, there the pool is not used.
     */
    private static @Nullable FfmNativeMemory reservedHugePages(long lengthBytes) {
        long mappedBytes = roundUp(lengthBytes);
        long address = LibC.mmap(mappedBytes, LibC.MAP_HUGETLB_2MB);
        if (LibC.isError(address)) {
            return null;
        }
        if (LibC.madvise(address, mappedBytes, LibC.MADV_POPULATE_WRITE) != 0) {
            LibC.munmap(address, mappedBytes);
            return null;
        }
        return new FfmNativeMemory(address, mappedBytes, address, lengthBytes, true);
    }

    /** Ordinary memory that begins where a huge page can, with the wish for them. */
    private static FfmNativeMemory transparentHugePages(Exports exports, long lengthBytes) throws FabricException {
        long mappedBytes = roundUp(lengthBytes) + HUGE_PAGE_BYTES;
        long mapping = map(exports, mappedBytes);
        long address = roundUp(mapping);
        boolean granted =
                LibC.madvise(address, roundUp(lengthBytes), LibC.MADV_HUGEPAGE) == 0 && hasTransparentHugePages();
        return new FfmNativeMemory(mapping, mappedBytes, address, lengthBytes, granted);
    }

    private static boolean hasTransparentHugePages() {
        try {
            return !Files.readString(TRANSPARENT_HUGE_PAGES).contains("[never]");
        } catch (IOException notThere) {
            return false;
        }
    }

    private static long map(Exports exports, long lengthBytes) throws FabricException {
        long address = LibC.mmap(lengthBytes, 0);
        if (LibC.isError(address)) {
            throw exports.failure("mmap of " + lengthBytes + " bytes", address);
        }
        return address;
    }

    private static long roundUp(long bytes) {
        return Math.addExact(bytes, HUGE_PAGE_BYTES - 1) & -HUGE_PAGE_BYTES;
    }

    @Override
    public long address() {
        return segment.address();
    }

    @Override
    public long lengthBytes() {
        return segment.byteSize();
    }

    @Override
    public boolean isHugePaged() {
        return hugePaged;
    }

    @Override
    public ByteBuffer slice(long offset, int lengthBytes) {
        return segment.asSlice(offset, lengthBytes).asByteBuffer();
    }

    @Override
    public long offsetOf(ByteBuffer direct) {
        if (!direct.isDirect()) {
            return -1;
        }
        long offset = MemorySegment.ofBuffer(direct).address() - segment.address();
        return offset >= 0 && offset + direct.remaining() <= segment.byteSize() ? offset : -1;
    }

    /** A region is about to be registered over it. */
    synchronized void retain() {
        if (closed) {
            throw new IllegalStateException("the memory is closed");
        }
        regionCount++;
    }

    /** A region over it is gone. */
    synchronized void release() {
        regionCount--;
    }

    /** @throws IllegalStateException when a NIC may still use it, or a thread is reading or writing it in C */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (regionCount > 0) {
            throw new IllegalStateException(
                    "memory of " + lengthBytes() + " bytes is still registered " + regionCount + " times");
        }
        arena.close();
        closed = true;
    }
}

package io.sparkefa.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A window over given pieces that counts how often it is closed. Its content is {@link #byteAt} unless said otherwise. */
public final class TestWindow implements Window {

    private static final AtomicInteger OPEN = new AtomicInteger();

    private final List<WindowPiece> pieces;
    private final AtomicInteger closes = new AtomicInteger();

    public TestWindow(List<WindowPiece> pieces) {
        this.pieces = List.copyOf(pieces);
        OPEN.incrementAndGet();
    }

    /** Windows of this class that have not been closed. */
    public static int openCount() {
        return OPEN.get();
    }

    /** What the windows made here hold at an offset. */
    public static byte byteAt(long offset) {
        return (byte) ((offset * 0x9E3779B97F4A7C15L) >>> 56);
    }

    public static ByteBuffer content(long offset, int lengthBytes) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(lengthBytes);
        for (int i = 0; i < lengthBytes; i++) {
            bytes.put(i, byteAt(offset + i));
        }
        return bytes;
    }

    public static TestWindow ofMemory(int... pieceBytes) {
        List<WindowPiece> pieces = new ArrayList<>();
        long offset = 0;
        for (int lengthBytes : pieceBytes) {
            pieces.add(new WindowPiece.Memory(content(offset, lengthBytes)));
            offset += lengthBytes;
        }
        return new TestWindow(pieces);
    }

    public static TestWindow ofFile(FileChannel file, long position, long lengthBytes) {
        return new TestWindow(List.of(new WindowPiece.File(file, position, lengthBytes)));
    }

    /** The same, mapped until the collector finds that nobody uses it. */
    public static TestWindow ofMappedFile(FileChannel file, long position, long lengthBytes) throws IOException {
        ByteBuffer mapped = file.map(FileChannel.MapMode.READ_ONLY, position, lengthBytes);
        return new TestWindow(List.of(new WindowPiece.File(file, position, lengthBytes, mapped)));
    }

    public int closeCount() {
        return closes.get();
    }

    @Override
    public List<WindowPiece> pieces() {
        return pieces;
    }

    @Override
    public long lengthBytes() {
        return pieces.stream().mapToLong(WindowPiece::lengthBytes).sum();
    }

    @Override
    public void close() {
        if (closes.incrementAndGet() == 1) {
            OPEN.decrementAndGet();
        }
    }
}

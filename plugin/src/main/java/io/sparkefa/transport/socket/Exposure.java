package io.sparkefa.transport.socket;

import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.WindowPiece;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A window under the id by which one session's reader names it. Thread-safe. Counts the reads under way; the last one to end
 * after {@link #close} closes the window.
 */
final class Exposure implements ExposedWindow {

    static final int DESCRIPTOR_BYTES = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Exposure.class);

    private final long id;
    private final Window window;
    private final List<WindowPiece> pieces;
    private final long[] pieceStarts;
    private final Runnable onClose;

    /** Reads under way, plus one while exposed, for which {@link #close} takes the sign bit. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private static final int CLOSED = 1 << 31;

    Exposure(long id, Window window, Runnable onClose) {
        this.id = id;
        this.window = window;
        this.onClose = onClose;
        this.pieces = window.pieces();
        this.pieceStarts = new long[pieces.size()];
        long start = 0;
        for (int i = 0; i < pieceStarts.length; i++) {
            pieceStarts[i] = start;
            start += pieces.get(i).lengthBytes();
        }
        if (start != window.lengthBytes()) {
            throw new IllegalArgumentException(
                    "a window of " + window.lengthBytes() + " bytes whose pieces have " + start);
        }
    }

    @Override
    public WindowDescriptor descriptor() {
        return new WindowDescriptor(
                ByteBuffer.allocate(DESCRIPTOR_BYTES).putLong(id).array());
    }

    long lengthBytes() {
        return window.lengthBytes();
    }

    boolean contains(long offset, int lengthBytes) {
        return offset >= 0 && offset <= window.lengthBytes() - lengthBytes;
    }

    /** The piece that holds this offset. */
    int pieceAt(long offset) {
        int found = Arrays.binarySearch(pieceStarts, offset);
        if (found < 0) {
            return -found - 2;
        }
        // Empty pieces share their start with the next one: take the last of these.
        while (found + 1 < pieceStarts.length && pieceStarts[found + 1] == offset) {
            found++;
        }
        return found;
    }

    int pieceCount() {
        return pieceStarts.length;
    }

    WindowPiece piece(int index) {
        return pieces.get(index);
    }

    long pieceStart(int index) {
        return pieceStarts[index];
    }

    /**
     * Checks that the files still have the bytes of a range.
     *
     * @throws IOException when one is too short or cannot be asked
     */
    void checkFiles(long offset, int lengthBytes) throws IOException {
        long endOffset = offset + lengthBytes;
        for (int i = pieceAt(offset); i < pieceCount() && pieceStart(i) < endOffset; i++) {
            if (piece(i) instanceof WindowPiece.File file) {
                long pieceEnd = pieceStart(i) + file.lengthBytes();
                long neededBytes = file.position() + Math.min(endOffset, pieceEnd) - pieceStart(i);
                long sizeBytes = file.file().size();
                if (sizeBytes < neededBytes) {
                    throw new EOFException("its file has " + sizeBytes + " bytes; " + neededBytes + " were expected");
                }
            }
        }
    }

    /** Begins a read; false when the exposure was closed. Every true is followed by one {@link #endRead}. */
    boolean tryBeginRead() {
        while (true) {
            int current = holders.get();
            if (current < 0) {
                return false;
            }
            if (holders.compareAndSet(current, current + 1)) {
                return true;
            }
        }
    }

    void endRead() {
        if (holders.decrementAndGet() == CLOSED) {
            closeWindow();
        }
    }

    @Override
    public void close() {
        while (true) {
            int current = holders.get();
            if (current < 0) {
                return;
            }
            if (holders.compareAndSet(current, (current - 1) | CLOSED)) {
                onClose.run();
                if (current == 1) {
                    closeWindow();
                }
                return;
            }
        }
    }

    private void closeWindow() {
        try {
            window.close();
        } catch (RuntimeException e) {
            LOG.error("closing a window of {} bytes failed", window.lengthBytes(), e);
        }
    }
}

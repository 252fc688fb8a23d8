package io.sparkefa.transport.loopback;

import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.WindowPiece;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** An exposed window. Thread-safe: closing waits for a read under way, which is short. */
final class LoopbackWindow implements ExposedWindow {

    private final long id;
    private final Window window;
    private final Runnable onClose;
    private boolean closed;

    LoopbackWindow(long id, Window window, Runnable onClose) {
        this.id = id;
        this.window = window;
        this.onClose = onClose;
    }

    @Override
    public WindowDescriptor descriptor() {
        return new WindowDescriptor(ByteBuffer.allocate(Long.BYTES).putLong(id).array());
    }

    /** Fills the destination; returns why that was not possible, or null. */
    synchronized @Nullable String read(long offset, ByteBuffer destination) {
        if (closed) {
            return "the window is closed";
        }
        if (offset > window.lengthBytes() - destination.remaining()) {
            return "the window has " + window.lengthBytes() + " bytes";
        }
        try {
            copyAll(offset, destination);
            return null;
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void copyAll(long offset, ByteBuffer destination) throws IOException {
        long skipBytes = offset;
        int position = destination.position();
        for (WindowPiece piece : window.pieces()) {
            int lengthBytes = (int) Math.min(destination.limit() - position, piece.lengthBytes() - skipBytes);
            if (lengthBytes > 0) {
                copy(piece, skipBytes, destination.slice(position, lengthBytes));
                position += lengthBytes;
            }
            skipBytes = Math.max(0, skipBytes - piece.lengthBytes());
        }
    }

    private static void copy(WindowPiece piece, long offset, ByteBuffer destination) throws IOException {
        if (piece instanceof WindowPiece.Memory memory) {
            destination.put(0, memory.bytes(), (int) offset, destination.remaining());
        } else if (piece instanceof WindowPiece.File file) {
            while (destination.hasRemaining()) {
                long position = file.position() + offset + destination.position();
                if (file.file().read(destination, position) < 0) {
                    throw new IOException("the file ends before byte " + position);
                }
            }
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            onClose.run();
            window.close();
        }
    }
}

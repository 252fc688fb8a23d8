package io.sparkefa.transport.socket;

import io.sparkefa.transport.WindowPiece;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one READ, as it is. Memory and mapped files go in gathered writes together with the header, other files by {@code
 * sendfile}.
 */
final class PlainDataFrame implements DataFrame {

    private static final int MAX_GATHERED = 32;

    private final Exposure exposure;
    private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
    private final long endOffset;
    private long offset;
    private int piece;

    /** The caller has begun a read of the exposure, which {@link #end} ends, and has checked the range. */
    PlainDataFrame(Exposure exposure, long readId, long offset, int lengthBytes) {
        this.exposure = exposure;
        this.offset = offset;
        this.endOffset = offset + lengthBytes;
        this.piece = exposure.pieceAt(offset);
        Frame.putHeader(header, FrameType.DATA, lengthBytes, readId);
        header.flip();
    }

    @Override
    public boolean isSent() {
        return offset == endOffset && !header.hasRemaining();
    }

    @Override
    public long send(SocketChannel channel) throws IOException {
        long total = 0;
        while (!isSent()) {
            long wanted;
            long sent;
            if (offset < endOffset && exposure.piece(piece) instanceof WindowPiece.File file && file.mapped() == null) {
                wanted = header.remaining();
                sent = wanted == 0 ? 0 : channel.write(header);
                total += sent;
                if (sent < wanted) {
                    return total;
                }
                wanted = Math.min(endOffset, pieceEnd(piece)) - offset;
                sent = sendFile(file, wanted, channel);
                advance(sent);
            } else {
                ByteBuffer[] gathered = gather();
                wanted = 0;
                for (ByteBuffer buffer : gathered) {
                    wanted += buffer.remaining();
                }
                int headerBytes = header.remaining();
                sent = channel.write(gathered);
                advance(sent - (headerBytes - header.remaining()));
            }
            total += sent;
            if (sent < wanted) {
                return total;
            }
        }
        return total;
    }

    @Override
    public void end() {
        exposure.endRead();
    }

    private long sendFile(WindowPiece.File file, long lengthBytes, SocketChannel channel) throws IOException {
        long position = file.position() + offset - exposure.pieceStart(piece);
        long sent = file.file().transferTo(position, lengthBytes, channel);
        if (sent == 0 && file.file().size() <= position) {
            // The length was promised: only the end of the flow can tell the reader.
            throw new EOFException("a file that is being sent to a reader has shrunk: it ends before byte " + position
                    + ", and " + (endOffset - offset) + " bytes more were promised");
        }
        return sent;
    }

    /** The header, if unsent, and the memory that follows. */
    private ByteBuffer[] gather() {
        ByteBuffer[] buffers = new ByteBuffer[MAX_GATHERED];
        int count = 0;
        if (header.hasRemaining()) {
            buffers[count++] = header;
        }
        long at = offset;
        for (int i = piece; at < endOffset && count < MAX_GATHERED; i++) {
            ByteBuffer bytes = memoryOf(exposure.piece(i));
            if (bytes == null) {
                break;
            }
            long end = Math.min(endOffset, pieceEnd(i));
            if (end > at) {
                long start = exposure.pieceStart(i);
                buffers[count++] = bytes.slice((int) (at - start), (int) (end - at));
                at = end;
            }
        }
        return Arrays.copyOf(buffers, count);
    }

    private static @Nullable ByteBuffer memoryOf(WindowPiece piece) {
        return piece instanceof WindowPiece.Memory memory ? memory.bytes() : ((WindowPiece.File) piece).mapped();
    }

    private void advance(long sent) {
        offset += sent;
        while (offset < endOffset && offset >= pieceEnd(piece)) {
            piece++;
        }
    }

    private long pieceEnd(int index) {
        return exposure.pieceStart(index) + exposure.piece(index).lengthBytes();
    }
}

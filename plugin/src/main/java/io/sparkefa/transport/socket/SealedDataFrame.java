package io.sparkefa.transport.socket;

import io.sparkefa.seal.Sealer;
import io.sparkefa.transport.MappedReads;
import io.sparkefa.transport.WindowPiece;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one READ, its payload encrypted: copied into a segment, sealed there, and written. A segment that the socket has
 * not taken stays as it is until it does: what was sealed once is never sealed again.
 */
final class SealedDataFrame implements DataFrame {

    private final Exposure exposure;
    private final Sealer sealer;
    private final SealBuffers buffers;
    private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
    private final long endOffset;
    private boolean begun;

    /** Up to where the window has been sealed. */
    private long offset;

    /** Sealed and not taken by the socket yet. */
    private @Nullable ByteBuffer unsent;

    /** The caller has begun a read of the exposure, which {@link #end} ends, and has checked the range. */
    SealedDataFrame(Exposure exposure, Sealer sealer, SealBuffers buffers, long readId, long offset, int lengthBytes) {
        this.exposure = exposure;
        this.sealer = sealer;
        this.buffers = buffers;
        this.offset = offset;
        this.endOffset = offset + lengthBytes;
        Frame.putHeader(header, FrameType.DATA, lengthBytes, readId);
        header.flip();
    }

    @Override
    public boolean isSent() {
        return offset == endOffset && unsent == null;
    }

    @Override
    public long send(SocketChannel channel) throws IOException {
        long total = 0;
        while (!isSent()) {
            ByteBuffer segment = unsent;
            if (segment == null) {
                segment = buffers.acquire();
                unsent = segment;
                sealNext(segment);
            }
            total += channel.write(segment);
            if (segment.hasRemaining()) {
                return total;
            }
            unsent = null;
            buffers.release(segment);
        }
        return total;
    }

    @Override
    public void end() {
        ByteBuffer segment = unsent;
        unsent = null;
        if (segment != null) {
            buffers.release(segment);
        }
        exposure.endRead();
    }

    private void sealNext(ByteBuffer segment) throws IOException {
        if (!begun) {
            begun = true;
            segment.put(header.duplicate());
        }
        int from = segment.position();
        int lengthBytes = (int) Math.min(SealBuffers.SEGMENT_BYTES, endOffset - offset);
        ByteBuffer content = segment.slice(from, lengthBytes);
        copy(content);
        sealer.seal(header.duplicate(), content, segment.slice(from, lengthBytes + Sealer.TAG_BYTES));
        offset += lengthBytes;
        segment.position(0).limit(from + lengthBytes + Sealer.TAG_BYTES);
    }

    private void copy(ByteBuffer target) throws IOException {
        try {
            copy(target.duplicate(), true);
            MappedReads.confirm();
        } catch (InternalError e) {
            // A mapped file was cut short, or its disk fails: reading says which, and why.
            copy(target.duplicate(), false);
        }
    }

    private void copy(ByteBuffer target, boolean useMappings) throws IOException {
        long at = offset;
        for (int i = exposure.pieceAt(offset); target.hasRemaining(); i++) {
            WindowPiece piece = exposure.piece(i);
            long from = at - exposure.pieceStart(i);
            int partBytes = (int) Math.min(target.remaining(), piece.lengthBytes() - from);
            ByteBuffer part = target.slice(target.position(), partBytes);
            if (piece instanceof WindowPiece.Memory memory) {
                part.put(0, memory.bytes(), (int) from, partBytes);
            } else if (piece instanceof WindowPiece.File file) {
                ByteBuffer mapped = useMappings ? file.mapped() : null;
                if (mapped == null) {
                    read(file, from, part);
                } else {
                    part.put(0, mapped, (int) from, partBytes);
                }
            }
            target.position(target.position() + partBytes);
            at += partBytes;
        }
    }

    private static void read(WindowPiece.File file, long from, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            long position = file.position() + from + target.position();
            if (file.file().read(target, position) < 0) {
                // The length was promised: only the end of the flow can tell the reader.
                throw new EOFException(
                        "a file that is being sent to a reader has shrunk: it ends before byte " + position);
            }
        }
    }
}

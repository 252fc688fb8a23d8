package io.sparkefa.transfer;

import io.sparkefa.transport.MappedReads;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * File ranges read into memory one after the other, over several buffers as if they were one. Confined to the thread that
 * builds an answer.
 */
final class StagedBytes {

    private final List<ByteBuffer> buffers;

    /** Length of every buffer but the last. */
    private final int bufferBytes;

    private long writtenBytes;
    private long sliceFrom;

    /**
     * @param buffers all of the same length, except the last; their content from 0 to the limit is written here
     */
    StagedBytes(List<ByteBuffer> buffers) {
        this.buffers = buffers;
        this.bufferBytes = buffers.isEmpty() ? 1 : Math.max(1, buffers.get(0).limit());
    }

    long writtenBytes() {
        return writtenBytes;
    }

    /**
     * Appends a range of a file. After an exception nothing has been appended.
     *
     * @throws EOFException when the file ends within the range
     */
    void read(FileChannel file, long position, long lengthBytes) throws IOException {
        long doneBytes = 0;
        while (doneBytes < lengthBytes) {
            ByteBuffer target = view(writtenBytes + doneBytes, lengthBytes - doneBytes);
            while (target.hasRemaining()) {
                int count = file.read(target, position + doneBytes);
                if (count < 0) {
                    throw new EOFException("it ends at " + (position + doneBytes) + ", " + (lengthBytes - doneBytes)
                            + " bytes before the end of the range");
                }
                doneBytes += count;
            }
        }
        writtenBytes += lengthBytes;
    }

    /** Appends a range of a mapped file. Whether it was there, {@link MappedReads#confirm} tells. */
    void copy(ByteBuffer mapped, long position, long lengthBytes) {
        long doneBytes = 0;
        while (doneBytes < lengthBytes) {
            ByteBuffer target = view(writtenBytes + doneBytes, lengthBytes - doneBytes);
            int count = target.remaining();
            target.put(target.position(), mapped, (int) (position + doneBytes), count);
            doneBytes += count;
        }
        writtenBytes += lengthBytes;
    }

    /** Forgets everything that was appended; nothing has been taken. */
    void clear() {
        writtenBytes = 0;
    }

    /** CRC32C of bytes that were appended. */
    int crc32c(long from, long lengthBytes) {
        CRC32C crc = new CRC32C();
        long doneBytes = 0;
        while (doneBytes < lengthBytes) {
            ByteBuffer bytes = view(from + doneBytes, lengthBytes - doneBytes);
            doneBytes += bytes.remaining();
            crc.update(bytes);
        }
        return (int) crc.getValue();
    }

    /** Views of what was appended, from where the last call ended up to there. */
    List<ByteBuffer> takeSlices(long to) {
        List<ByteBuffer> slices = new ArrayList<>();
        while (sliceFrom < to) {
            ByteBuffer slice = view(sliceFrom, to - sliceFrom).slice();
            sliceFrom += slice.remaining();
            slices.add(slice);
        }
        return slices;
    }

    /** The bytes from there on, as far as they lie in one buffer, but no more than this many. */
    private ByteBuffer view(long from, long maxBytes) {
        ByteBuffer view = buffers.get((int) (from / bufferBytes)).duplicate();
        int begin = (int) (from % bufferBytes);
        return view.limit((int) Math.min(view.limit(), begin + maxBytes)).position(begin);
    }
}

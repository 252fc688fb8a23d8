package io.sparkefa.transport.efa;

import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link WindowDescriptor} over EFA says: the window's id (8), which is good in its session only, and, for a window that
 * lies in registered memory as it is, where: for each extent its region (1), offset in it (8) and length (4). Whoever has that
 * reads without asking.
 *
 * @param extents in order, the whole window; none for a window that is staged chunk by chunk
 */
record WindowName(long windowId, List<Extent> extents) {

    /** As many as fit: 38. */
    static final int MAX_EXTENTS = (WindowDescriptor.MAX_ENCODED_BYTES - Long.BYTES) / Extent.ENCODED_BYTES;

    boolean isInPlace() {
        return !extents.isEmpty();
    }

    /** Of a window that is in place. */
    long lengthBytes() {
        long sum = 0;
        for (Extent extent : extents) {
            sum += extent.lengthBytes();
        }
        return sum;
    }

    WindowDescriptor encode() {
        ByteBuffer to = ByteBuffer.allocate(Long.BYTES + extents.size() * Extent.ENCODED_BYTES);
        to.putLong(windowId);
        extents.forEach(extent -> extent.encode(to));
        return new WindowDescriptor(to.array());
    }

    static WindowName decode(WindowDescriptor descriptor) throws RecordException {
        ByteBuffer from = ByteBuffer.wrap(descriptor.encoded());
        int extentBytes = from.remaining() - Long.BYTES;
        if (extentBytes < 0 || extentBytes % Extent.ENCODED_BYTES != 0) {
            throw new RecordException("a window's descriptor of " + from.remaining() + " bytes");
        }
        long windowId = from.getLong();
        List<Extent> extents = new ArrayList<>(extentBytes / Extent.ENCODED_BYTES);
        while (from.hasRemaining()) {
            Extent extent = Extent.decode(from);
            if (extent.lengthBytes() <= 0) {
                throw new RecordException("a window lies at " + extent);
            }
            extents.add(extent);
        }
        return new WindowName(windowId, extents);
    }

    /** Where a range of a window lies that is {@linkplain #isInPlace in place}, and reaches that far. */
    StagedChunk chunk(long offset, int lengthBytes) {
        List<Extent> found = new ArrayList<>(2);
        long skipBytes = offset;
        int missingBytes = lengthBytes;
        for (Extent extent : extents) {
            if (skipBytes >= extent.lengthBytes()) {
                skipBytes -= extent.lengthBytes();
            } else if (missingBytes > 0) {
                int partBytes = (int) Math.min(missingBytes, extent.lengthBytes() - skipBytes);
                found.add(new Extent(extent.region(), extent.offset() + skipBytes, partBytes));
                missingBytes -= partBytes;
                skipBytes = 0;
            }
        }
        return new StagedChunk(found, new StagedChunk.Unchecked());
    }
}

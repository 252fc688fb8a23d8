package org.apache.spark.shuffle.efa;

import io.sparkefa.transfer.FetchedBlock;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A block in ordinary memory that counts its holders. */
final class FakeBlock implements FetchedBlock {

    private final List<byte[]> pieces;
    final AtomicInteger holders = new AtomicInteger(1);

    FakeBlock(byte[]... pieces) {
        this.pieces = List.of(pieces);
    }

    byte[] bytes() {
        ByteBuffer whole = ByteBuffer.allocate((int) lengthBytes());
        pieces.forEach(whole::put);
        return whole.array();
    }

    @Override
    public long lengthBytes() {
        return pieces.stream().mapToInt(piece -> piece.length).sum();
    }

    @Override
    public List<ByteBuffer> buffers() {
        if (holders.get() <= 0) {
            throw new IllegalStateException("used after the last release");
        }
        return pieces.stream()
                .map(piece ->
                        ByteBuffer.wrap(Arrays.copyOf(piece, piece.length)).asReadOnlyBuffer())
                .toList();
    }

    @Override
    public void retain() {
        holders.incrementAndGet();
    }

    @Override
    public void release() {
        if (holders.decrementAndGet() < 0) {
            throw new IllegalStateException("released too often");
        }
    }
}

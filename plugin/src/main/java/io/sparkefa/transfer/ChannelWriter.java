package io.sparkefa.transfer;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transfer.FetchException.Reason;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.BlockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes the pieces of a fetch to the sink's channels and reports every block once. Called by one thread at a time, which may
 * block on the disk.
 */
final class ChannelWriter {

    private final List<BlockKey> blocks;
    private final int firstIndex;
    private final ChannelSink sink;
    private final FetchResources resources;
    private final boolean[] reported;
    private final CRC32C crc = new CRC32C();
    private @Nullable WritableByteChannel channel;

    ChannelWriter(List<BlockKey> blocks, int firstIndex, ChannelSink sink, FetchResources resources) {
        this.blocks = blocks;
        this.firstIndex = firstIndex;
        this.sink = sink;
        this.resources = resources;
        this.reported = new boolean[blocks.size()];
    }

    /** Reports the blocks for which no bytes will come: missing and empty ones. */
    Optional<FetchException> reportWithoutBytes(List<BlockLayout> layouts) {
        for (int i = 0; i < layouts.size(); i++) {
            if (layouts.get(i) instanceof BlockLayout.Missing missing) {
                reported[i] = true;
                resources.counters().increment(ShuffleCounter.FETCH_BLOCKS_MISSING);
                sink.onBlockMissing(firstIndex + i, missing.reason());
            } else if (layouts.get(i) instanceof BlockLayout.Present present && present.lengthBytes() == 0) {
                try {
                    channel = sink.open(firstIndex + i, 0);
                } catch (IOException e) {
                    return Optional.of(cannotWrite(i, e));
                }
                onWritten(i, 0);
            }
        }
        return Optional.empty();
    }

    /** Writes a piece; the pieces of a block come in order, and those of another only after its last. */
    Optional<FetchException> write(PieceCutter.Cut cut, ByteBuffer bytes, BlockLayout layout) {
        try {
            if (cut.isFirst()) {
                channel = sink.open(firstIndex + cut.block(), cut.blockBytes());
                crc.reset();
            }
            crc.update(bytes.duplicate());
            WritableByteChannel open = Objects.requireNonNull(channel, "the first piece of a block opens its channel");
            while (bytes.hasRemaining()) {
                open.write(bytes);
            }
        } catch (IOException e) {
            return Optional.of(cannotWrite(cut.block(), e));
        }
        if (!cut.isLast()) {
            return Optional.empty();
        }
        if (layout instanceof BlockLayout.Present present
                && present.crc32c().isPresent()
                && present.crc32c().getAsInt() != (int) crc.getValue()) {
            resources.counters().increment(ShuffleCounter.FETCH_CHECKSUM_FAILURES);
            reported[cut.block()] = true;
            sink.onBlockFailed(
                    firstIndex + cut.block(),
                    FetchException.wrongChecksum(
                            blocks.get(cut.block()),
                            cut.blockBytes(),
                            (int) crc.getValue(),
                            present.crc32c().getAsInt()));
        } else {
            onWritten(cut.block(), cut.blockBytes());
        }
        return Optional.empty();
    }

    private void onWritten(int block, long lengthBytes) {
        reported[block] = true;
        channel = null;
        resources.onFetched(lengthBytes);
        resources.counters().add(ShuffleCounter.FETCH_BYTES_TO_DISK, lengthBytes);
        sink.onBlockWritten(firstIndex + block);
    }

    private FetchException cannotWrite(int block, IOException cause) {
        return new FetchException(
                Reason.DESTINATION, "cannot write " + blocks.get(block) + " to disk: " + cause.getMessage(), cause);
    }

    /** Reports every block not reported yet as failed. */
    void failRest(FetchException cause) {
        for (int i = 0; i < reported.length; i++) {
            if (!reported[i]) {
                reported[i] = true;
                sink.onBlockFailed(firstIndex + i, cause);
            }
        }
    }
}

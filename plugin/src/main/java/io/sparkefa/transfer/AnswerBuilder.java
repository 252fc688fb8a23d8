package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.LocatedRanges.Range;
import io.sparkefa.transfer.protocol.BlockLayout;
import io.sparkefa.transfer.protocol.FetchMessage;
import io.sparkefa.transport.MappedReads;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowPiece;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the blocks of a request into an answer: finds them, joins neighbours, reads short ranges into memory, and leaves long
 * ones in their files. Thread-safe; reads the local disk.
 */
final class AnswerBuilder {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerBuilder.class);

    /** What is read at once for the checksum of a range that is then sent from its file. */
    private static final int CHECKSUM_READ_BYTES = 256 << 10;

    private final MapOutputs mapOutputs;
    private final BufferPool staging;
    private final TransferSettings settings;
    private final ShuffleCounters counters;

    AnswerBuilder(MapOutputs mapOutputs, BufferPool staging, TransferSettings settings, ShuffleCounters counters) {
        this.mapOutputs = mapOutputs;
        this.staging = staging;
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * What to tell the reader.
     *
     * @param blocks in the order of the request
     * @param window the bytes of all present blocks, owned by whoever gets the answer; empty when they are inline
     * @param inline the bytes of all present blocks when there is no window
     */
    record Answer(List<BlockLayout> blocks, Optional<Window> window, ByteBuffer inline) {}

    /**
     * Says of each block where it is; one that is not here, or is damaged, is a {@link BlockLayout.Missing} for that block alone.
     *
     * @throws FileSystemException when a file is there and cannot be opened, at least now
     */
    Answer build(FetchMessage fetch) throws FileSystemException {
        BlockLayout[] layouts = new BlockLayout[fetch.blocks().size()];
        try (LocatedRanges located = LocatedRanges.locate(mapOutputs, fetch.blocks(), layouts)) {
            int inlineMaxBytes = Math.min(fetch.inlineMaxBytes(), settings.inlineMaxBytes());
            Answer answer =
                    located.totalBytes() <= inlineMaxBytes ? inline(located, layouts) : windowed(located, layouts);
            count(answer.blocks());
            return answer;
        }
    }

    private Answer inline(LocatedRanges located, BlockLayout[] layouts) {
        ByteBuffer bytes = ByteBuffer.allocate((int) located.totalBytes());
        StagedBytes staged = new StagedBytes(List.of(bytes));
        stage(located.ranges(), located, staged, layouts);
        bytes.limit((int) staged.writtenBytes());
        return new Answer(Arrays.asList(layouts), Optional.empty(), bytes);
    }

    private Answer windowed(LocatedRanges located, BlockLayout[] layouts) {
        List<BufferLease> leases = stagingFor(located);
        StagedBytes staged =
                new StagedBytes(leases.stream().map(BufferLease::buffer).toList());
        if (!leases.isEmpty()) {
            stage(shortOnes(located.ranges()), located, staged, layouts);
        }
        List<WindowPiece> pieces = new ArrayList<>();
        List<MapOutput> files = new ArrayList<>();
        long stagedTo = 0;
        for (Range range : located.ranges()) {
            if (range.stagedTo >= 0) {
                stagedTo = range.stagedTo;
            } else if (describe(range, located, layouts) && range.lengthBytes > 0) {
                takeStaged(staged, stagedTo, pieces);
                pieces.add(new WindowPiece.File(range.file(), range.position, range.lengthBytes, range.mapped()));
                if (located.leaveToUser(range)) {
                    files.add(range.opened.output);
                }
            }
        }
        takeStaged(staged, stagedTo, pieces);
        counters.add(ShuffleCounter.SERVE_BYTES_STAGED, staged.writtenBytes());
        AnswerWindow window = new AnswerWindow(pieces, leases, files);
        List<BlockLayout> blocks = Arrays.asList(layouts);
        if (window.lengthBytes() > 0) {
            return new Answer(blocks, Optional.of(window), ByteBuffer.allocate(0));
        }
        window.close();
        return new Answer(blocks, Optional.empty(), ByteBuffer.allocate(0));
    }

    private List<Range> shortOnes(List<Range> ranges) {
        List<Range> found = new ArrayList<>(ranges.size());
        for (Range range : ranges) {
            if (isShort(range)) {
                found.add(range);
            }
        }
        return found;
    }

    private boolean isShort(Range range) {
        return range.lengthBytes < settings.stageBelowBytes();
    }

    /** Memory for all short ranges, or none at all when there is none to be had now: then they are sent from their files. */
    private List<BufferLease> stagingFor(LocatedRanges located) {
        long shortBytes = 0;
        for (Range range : located.ranges()) {
            shortBytes += isShort(range) ? range.lengthBytes : 0;
        }
        if (shortBytes == 0) {
            return List.of();
        }
        Optional<List<BufferLease>> leases =
                shortBytes > staging.maxLeasableBytes() ? Optional.empty() : staging.tryAcquire(shortBytes);
        if (leases.isEmpty()) {
            counters.increment(ShuffleCounter.SERVE_STAGING_FULL);
        }
        return leases.orElse(List.of());
    }

    /** Reads ranges into memory and describes their blocks; those of a range that cannot be read are missing. */
    private static void stage(List<Range> ranges, LocatedRanges located, StagedBytes staged, BlockLayout[] layouts) {
        try {
            for (Range range : ranges) {
                stage(range, range.opened.output.mapped(), located, staged, layouts);
            }
            MappedReads.confirm();
        } catch (InternalError e) {
            // A mapped file was cut short, or its disk fails: reading says which, and why.
            LOG.warn(
                    "A mapped map output could not be read; reading {} ranges from their files instead: {}",
                    ranges.size(),
                    e.toString());
            staged.clear();
            for (Range range : ranges) {
                stage(range, null, located, staged, layouts);
            }
        }
    }

    private static void stage(
            Range range,
            @Nullable ByteBuffer mapped,
            LocatedRanges located,
            StagedBytes staged,
            BlockLayout[] layouts) {
        long blockFrom = staged.writtenBytes();
        try {
            if (mapped == null) {
                staged.read(range.file(), range.position, range.lengthBytes);
            } else {
                staged.copy(mapped, range.position, range.lengthBytes);
            }
        } catch (IOException e) {
            markUnreadable(range, e, layouts);
            return;
        } finally {
            range.stagedTo = staged.writtenBytes();
        }
        for (int i = range.firstBlock; i < range.endBlock; i++) {
            long length = located.blockLength(i);
            layouts[i] = new BlockLayout.Present(length, OptionalInt.of(staged.crc32c(blockFrom, length)));
            blockFrom += length;
        }
    }

    /** Describes the blocks of a range that stays in its file. False when it turned out not to be readable. */
    private boolean describe(Range range, LocatedRanges located, BlockLayout[] layouts) {
        long position = range.position;
        try {
            for (int i = range.firstBlock; i < range.endBlock; i++) {
                long length = located.blockLength(i);
                OptionalInt crc = settings.checksumAlways()
                        ? OptionalInt.of(crc32c(range.file(), position, length))
                        : OptionalInt.empty();
                layouts[i] = new BlockLayout.Present(length, crc);
                position += length;
            }
            return true;
        } catch (IOException e) {
            markUnreadable(range, e, layouts);
            return false;
        }
    }

    private static void markUnreadable(Range range, IOException cause, BlockLayout[] layouts) {
        Arrays.fill(
                layouts,
                range.firstBlock,
                range.endBlock,
                new BlockLayout.Missing("the data file is not readable: " + cause.getMessage()));
    }

    private static int crc32c(FileChannel file, long position, long lengthBytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHECKSUM_READ_BYTES, lengthBytes));
        CRC32C crc = new CRC32C();
        long doneBytes = 0;
        while (doneBytes < lengthBytes) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), lengthBytes - doneBytes));
            int count = file.read(buffer, position + doneBytes);
            if (count < 0) {
                throw new EOFException("it ends at " + (position + doneBytes));
            }
            doneBytes += count;
            crc.update(buffer.flip());
        }
        return (int) crc.getValue();
    }

    private static void takeStaged(StagedBytes staged, long to, List<WindowPiece> pieces) {
        for (ByteBuffer slice : staged.takeSlices(to)) {
            pieces.add(new WindowPiece.Memory(slice));
        }
    }

    private void count(List<BlockLayout> blocks) {
        long presentBytes = 0;
        int missing = 0;
        for (BlockLayout block : blocks) {
            if (block instanceof BlockLayout.Present present) {
                presentBytes += present.lengthBytes();
            } else {
                missing++;
            }
        }
        counters.add(ShuffleCounter.SERVE_BLOCKS, blocks.size() - missing);
        counters.add(ShuffleCounter.SERVE_BYTES, presentBytes);
        counters.add(ShuffleCounter.SERVE_BLOCKS_MISSING, missing);
    }
}

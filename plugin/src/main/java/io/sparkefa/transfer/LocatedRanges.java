package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.BlockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the blocks of a request are on disk, neighbouring blocks joined into one range. Owns the map outputs that it opened
 * until {@link #close}, or until it is told to leave one to its user. Confined to the thread that builds an answer.
 */
final class LocatedRanges implements AutoCloseable {

    /** A run of bytes of one file that holds the blocks {@code [firstBlock, endBlock)} of the request. */
    static final class Range {
        final Opened opened;
        final long position;
        final int firstBlock;
        int endBlock;
        long lengthBytes;

        /** How many bytes were staged when this range had been, whether it could be read or not; -1 when it was not staged. */
        long stagedTo = -1;

        Range(Opened opened, long position, int firstBlock) {
            this.opened = opened;
            this.position = position;
            this.firstBlock = firstBlock;
            this.endBlock = firstBlock;
        }

        FileChannel file() {
            return opened.output.data();
        }

        /** The range's bytes, if its file is mapped. */
        @Nullable
        ByteBuffer mapped() {
            ByteBuffer whole = opened.output.mapped();
            return whole == null ? null : whole.slice((int) position, (int) lengthBytes);
        }

        boolean isContinuedBy(Opened other, long otherPosition, int otherBlock) {
            return opened == other && endBlock == otherBlock && position + lengthBytes == otherPosition;
        }
    }

    /** A map output and who closes it. */
    static final class Opened {
        final MapOutput output;
        boolean leftToUser;

        Opened(MapOutput output) {
            this.output = output;
        }
    }

    private final List<Range> ranges = new ArrayList<>();
    private final List<Opened> outputs = new ArrayList<>();
    private final long[] blockLengths;
    private long totalBytes;

    private LocatedRanges(int blockCount) {
        this.blockLengths = new long[blockCount];
    }

    /**
     * Finds all blocks; those that cannot be found get their entry in {@code layouts} here and are in no range.
     *
     * @throws FileSystemException when a file is there and cannot be opened, which says nothing about its blocks
     */
    static LocatedRanges locate(MapOutputs mapOutputs, List<BlockKey> blocks, BlockLayout[] layouts)
            throws FileSystemException {
        LocatedRanges located = new LocatedRanges(blocks.size());
        try {
            located.find(mapOutputs, blocks, layouts);
            return located;
        } catch (FileSystemException | RuntimeException e) {
            located.close();
            throw e;
        }
    }

    private void find(MapOutputs mapOutputs, List<BlockKey> blocks, BlockLayout[] layouts) throws FileSystemException {
        BlockKey previous = null;
        Opened opened = null;
        String missing = "";
        for (int i = 0; i < layouts.length; i++) {
            BlockKey block = blocks.get(i);
            if (previous == null || block.mapId() != previous.mapId() || block.shuffleId() != previous.shuffleId()) {
                opened = null;
                try {
                    opened = new Opened(mapOutputs.open(block.shuffleId(), block.mapId()));
                    outputs.add(opened);
                } catch (NoSuchFileException e) {
                    missing = "no output of map " + block.mapId() + " of shuffle " + block.shuffleId() + " here: "
                            + e.getMessage();
                } catch (FileSystemException e) {
                    throw e;
                } catch (IOException e) {
                    missing = "output of map " + block.mapId() + " of shuffle " + block.shuffleId()
                            + " is not readable: " + e.getMessage();
                }
                previous = block;
            }
            if (opened == null) {
                layouts[i] = new BlockLayout.Missing(missing);
            } else if (block.endReduceId() > opened.output.partitionCount()) {
                layouts[i] = new BlockLayout.Missing("map " + block.mapId() + " of shuffle " + block.shuffleId()
                        + " has " + opened.output.partitionCount() + " reduce partitions, not " + block.endReduceId());
            } else {
                add(i, opened, block);
            }
        }
    }

    private void add(int blockIndex, Opened opened, BlockKey block) {
        long position = opened.output.offset(block.startReduceId());
        long length = opened.output.offset(block.endReduceId()) - position;
        Range range = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
        if (range == null || !range.isContinuedBy(opened, position, blockIndex)) {
            range = new Range(opened, position, blockIndex);
            ranges.add(range);
        }
        range.endBlock = blockIndex + 1;
        range.lengthBytes += length;
        blockLengths[blockIndex] = length;
        totalBytes += length;
    }

    List<Range> ranges() {
        return ranges;
    }

    long blockLength(int blockIndex) {
        return blockLengths[blockIndex];
    }

    long totalBytes() {
        return totalBytes;
    }

    /** From now on somebody else closes the range's map output. False when that was so already. */
    boolean leaveToUser(Range range) {
        boolean first = !range.opened.leftToUser;
        range.opened.leftToUser = true;
        return first;
    }

    @Override
    public void close() {
        for (Opened opened : outputs) {
            if (!opened.leftToUser) {
                opened.output.close();
            }
        }
    }
}

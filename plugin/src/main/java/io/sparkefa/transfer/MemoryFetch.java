package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transfer.FetchException.Reason;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.BlockLayout;
import io.sparkefa.transfer.protocol.LayoutMessage;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches blocks into leased memory: waits for the answer, then for memory, then reads all pieces of the window at once and
 * hands out each block when the last piece that it lies in has arrived. Thread-safe; never calls out under its lock.
 */
final class MemoryFetch implements Fetch {

    private final FetchResources resources;
    private final List<BlockKey> blocks;
    private final int firstIndex;
    private final BlockSink sink;
    private final Consumer<Fetch> onFinished;

    // @GuardedBy("this"), from here on
    private final boolean[] reported;
    private @Nullable FetchException failure;
    private final FetchPatience patience;
    private @Nullable WindowReader window;
    private BufferPool.@Nullable Waiter memoryWaiter;
    private @Nullable Reading reading;

    /** The window, the memory for it, and how far reading has come. The arrays' contents and the counts are guarded too. */
    private static final class Reading {
        final WindowReader window;
        final WindowBlocks layout;
        final SharedLease[] pieces;
        final int[] unreadPiecesOfBlock;
        int unreadPieces;

        Reading(WindowReader window, WindowBlocks layout, List<BufferLease> leases) {
            this.window = window;
            this.layout = layout;
            this.pieces = new SharedLease[leases.size()];
            this.unreadPiecesOfBlock = new int[layout.blockCount()];
            this.unreadPieces = pieces.length;
            for (int piece = 0; piece < pieces.length; piece++) {
                int holders = 1;
                for (int i = layout.firstBlockOf(piece); i < layout.endBlockOf(piece); i++) {
                    if (layout.lengthBytes(i) > 0) {
                        holders++;
                        unreadPiecesOfBlock[i]++;
                    }
                }
                pieces[piece] = new SharedLease(leases.get(piece), holders);
            }
        }

        void letGo(int block) {
            for (int piece = layout.firstPieceOf(block); piece < layout.endPieceOf(block); piece++) {
                pieces[piece].release();
            }
        }

        LeasedBlock block(int block) {
            long start = layout.start(block);
            long end = start + layout.lengthBytes(block);
            int firstPiece = layout.firstPieceOf(block);
            int endPiece = layout.endPieceOf(block);
            ByteBuffer[] buffers = new ByteBuffer[endPiece - firstPiece];
            for (int piece = firstPiece; piece < endPiece; piece++) {
                long pieceStart = (long) piece * BufferPool.MAX_LEASE_BYTES;
                int from = (int) Math.max(0, start - pieceStart);
                int to = (int) Math.min(BufferPool.MAX_LEASE_BYTES, end - pieceStart);
                buffers[piece - firstPiece] = pieces[piece].view(from, to);
            }
            return new LeasedBlock(buffers, Arrays.copyOfRange(pieces, firstPiece, endPiece));
        }
    }

    /**
     * @param firstIndex what the sink calls the first of the blocks
     * @param onFinished called at least once, when no block is unreported and nothing is being read
     */
    MemoryFetch(
            FetchResources resources,
            List<BlockKey> blocks,
            int firstIndex,
            BlockSink sink,
            Consumer<Fetch> onFinished) {
        this.resources = resources;
        this.blocks = blocks;
        this.firstIndex = firstIndex;
        this.sink = sink;
        this.onFinished = onFinished;
        this.reported = new boolean[blocks.size()];
        this.patience = new FetchPatience(resources);
    }

    @Override
    public List<BlockKey> blocks() {
        return blocks;
    }

    @Override
    public int inlineMaxBytes() {
        return resources.settings().inlineMaxBytes();
    }

    // ---- the answer

    @Override
    public void onLayout(LayoutMessage answer, Optional<WindowReader> answerWindow) {
        synchronized (this) {
            if (failure != null) {
                answerWindow.ifPresent(WindowReader::release);
                return;
            }
            patience.onProgress();
            window = answerWindow.orElse(null);
        }
        reportMissing(answer.blocks());
        reportEmpty(answer.blocks());
        if (answerWindow.isPresent()) {
            waitForMemory(answer, answerWindow.get());
        } else {
            reportInline(answer);
            onFinished.accept(this);
        }
    }

    private void reportMissing(List<BlockLayout> answers) {
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) instanceof BlockLayout.Missing missing && claim(i)) {
                resources.counters().increment(ShuffleCounter.FETCH_BLOCKS_MISSING);
                sink.onBlockMissing(firstIndex + i, missing.reason());
            }
        }
    }

    private void reportEmpty(List<BlockLayout> answers) {
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) instanceof BlockLayout.Present present && present.lengthBytes() == 0 && claim(i)) {
                deliver(i, LeasedBlock.unleased(), present.crc32c());
            }
        }
    }

    private void reportInline(LayoutMessage answer) {
        WindowBlocks layout = new WindowBlocks(answer.blocks());
        ByteBuffer heap = ByteBuffer.allocate(answer.inline().remaining());
        ByteBuffer readable = heap.put(answer.inline()).asReadOnlyBuffer();
        for (int i = 0; i < blocks.size(); i++) {
            if (layout.lengthBytes(i) > 0 && claim(i)) {
                ByteBuffer bytes = readable.slice((int) layout.start(i), (int) layout.lengthBytes(i));
                deliver(i, LeasedBlock.unleased(bytes), layout.crc32c(i));
            }
        }
    }

    // ---- memory

    private void waitForMemory(LayoutMessage answer, WindowReader from) {
        BufferPool memory = resources.memory();
        long totalBytes = answer.totalBytes();
        if (totalBytes > memory.maxLeasableBytes()) {
            fail(new FetchException(
                    Reason.NO_MEMORY,
                    blocks.size() + " blocks of " + totalBytes + " bytes do not fit into receive memory of "
                            + memory.maxLeasableBytes() + " bytes"));
            return;
        }
        WindowBlocks layout = new WindowBlocks(answer.blocks());
        synchronized (this) {
            patience.onMemoryAsked();
        }
        BufferPool.Waiter waiter = memory.acquire(totalBytes, leases -> onMemory(leases, layout, from));
        boolean mustWait;
        boolean failed;
        synchronized (this) {
            memoryWaiter = waiter;
            mustWait = patience.isWaitingForMemory();
            failed = failure != null;
        }
        if (failed) {
            waiter.cancel();
        } else if (mustWait) {
            resources.counters().increment(ShuffleCounter.MEMORY_WAITS);
        }
    }

    private void onMemory(List<BufferLease> leases, WindowBlocks layout, WindowReader from) {
        Reading begun = new Reading(from, layout, leases);
        synchronized (this) {
            patience.onMemoryGranted();
            if (failure != null) {
                leases.forEach(BufferLease::close);
                return;
            }
            reading = begun;
        }
        for (int piece = 0; piece < begun.pieces.length; piece++) {
            long offset = (long) piece * BufferPool.MAX_LEASE_BYTES;
            from.read(offset, begun.pieces[piece].destination(), new PieceRead(begun, piece));
        }
    }

    // ---- reading

    private final class PieceRead implements ReadCompletion {
        private final Reading from;
        private final int piece;

        PieceRead(Reading from, int piece) {
            this.from = from;
            this.piece = piece;
        }

        @Override
        public void onRead() {
            WindowBlocks layout = from.layout;
            int[] toDeliver = new int[layout.endBlockOf(piece) - layout.firstBlockOf(piece)];
            int deliverCount = 0;
            synchronized (MemoryFetch.this) {
                patience.onProgress();
                for (int i = layout.firstBlockOf(piece); i < layout.endBlockOf(piece); i++) {
                    boolean complete = layout.lengthBytes(i) > 0 && --from.unreadPiecesOfBlock[i] == 0;
                    // Of a fetch that has failed it may be what the server has put there since: not a wrong block, but
                    // none.
                    if (complete && !reported[i] && failure == null) {
                        reported[i] = true;
                        toDeliver[deliverCount++] = i;
                    }
                }
            }
            for (int k = 0; k < deliverCount; k++) {
                deliver(toDeliver[k], from.block(toDeliver[k]), layout.crc32c(toDeliver[k]));
            }
            onPieceDone();
        }

        @Override
        public void onReadFailed(TransportException cause) {
            FetchException failed = FetchException.sessionLost(cause);
            for (int i = from.layout.firstBlockOf(piece); i < from.layout.endBlockOf(piece); i++) {
                if (from.layout.lengthBytes(i) > 0 && claim(i)) {
                    giveUp(i, failed);
                }
            }
            onPieceDone();
        }

        private void onPieceDone() {
            from.pieces[piece].release();
            boolean last;
            boolean abandoned;
            synchronized (MemoryFetch.this) {
                last = --from.unreadPieces == 0;
                abandoned = failure != null;
            }
            if (last) {
                if (!abandoned) {
                    from.window.release();
                }
                onFinished.accept(MemoryFetch.this);
            }
        }
    }

    // ---- the end of each block

    /** Whether the caller may report the block: exactly one caller may. */
    private synchronized boolean claim(int block) {
        boolean first = !reported[block];
        reported[block] = true;
        return first;
    }

    /** Hands out a claimed block whose bytes are all there, unless they are not what the server read. */
    private void deliver(int block, LeasedBlock fetched, OptionalInt expected) {
        if (expected.isPresent()) {
            int actual = fetched.crc32c();
            if (actual != expected.getAsInt()) {
                resources.counters().increment(ShuffleCounter.FETCH_CHECKSUM_FAILURES);
                fetched.release();
                sink.onBlockFailed(
                        firstIndex + block,
                        FetchException.wrongChecksum(
                                blocks.get(block), fetched.lengthBytes(), actual, expected.getAsInt()));
                return;
            }
        }
        resources.onFetched(fetched.lengthBytes());
        sink.onBlock(firstIndex + block, fetched);
    }

    /** Reports a claimed block as failed, and lets go of its memory if it has any. */
    private void giveUp(int block, FetchException cause) {
        Reading begun;
        synchronized (this) {
            begun = reading;
        }
        if (begun != null) {
            begun.letGo(block);
        }
        sink.onBlockFailed(firstIndex + block, cause);
    }

    @Override
    public void fail(FetchException cause) {
        BufferPool.Waiter leaving;
        WindowReader abandoned;
        boolean idle;
        synchronized (this) {
            if (failure != null) {
                return;
            }
            failure = cause;
            leaving = memoryWaiter;
            abandoned = window;
            idle = reading == null || reading.unreadPieces == 0;
        }
        if (leaving != null) {
            leaving.cancel();
        }
        if (abandoned != null) {
            abandoned.cancel();
        }
        for (int i = 0; i < blocks.size(); i++) {
            if (claim(i)) {
                giveUp(i, cause);
            }
        }
        if (idle) {
            onFinished.accept(this);
        }
    }

    @Override
    public void tick(long nowNs) {
        Optional<FetchException> late;
        synchronized (this) {
            late = patience.exhausted(nowNs);
        }
        late.ifPresent(this::fail);
    }
}

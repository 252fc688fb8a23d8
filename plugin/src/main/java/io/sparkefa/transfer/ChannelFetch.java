package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.BlockLayout;
import io.sparkefa.transfer.protocol.LayoutMessage;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches blocks into channels: reads a few pieces ahead, in the order of the window, and writes each as soon as those before
 * it have been written. Any length goes through as little as one lease. Thread-safe; never calls out under its lock.
 *
 * <p>All calls to the sink are made by {@link #drain}, one at a time, on the disk executor.
 */
final class ChannelFetch implements Fetch {

    /** Enough pieces under way for every flow to have one being read and one to follow. */
    private static final int MAX_PIECES_AHEAD = 16;

    private final FetchResources resources;
    private final List<BlockKey> blocks;
    private final Consumer<Fetch> onFinished;
    private final ChannelWriter writer;

    // @GuardedBy("this"), from here on
    private @Nullable FetchException failure;
    private final FetchPatience patience;
    private @Nullable WindowReader window;
    private List<BlockLayout> layouts = List.of();
    private boolean layoutsReported;
    private PieceCutter cutter = new PieceCutter(layouts);
    private BufferPool.@Nullable Waiter memoryWaiter;
    private boolean draining;
    private boolean ended;

    /** Pieces being read or written, in the order of the window. */
    private final Deque<Piece> ahead = new ArrayDeque<>();

    private final Deque<BufferLease> spare = new ArrayDeque<>();

    /** A run of bytes of one block, on its way through one lease. */
    private static final class Piece {
        final PieceCutter.Cut cut;
        final BufferLease lease;
        boolean read;

        Piece(PieceCutter.Cut cut, BufferLease lease) {
            this.cut = cut;
            this.lease = lease;
        }

        ByteBuffer bytes() {
            return lease.buffer().slice(0, cut.lengthBytes());
        }
    }

    /** Parameters as of {@link MemoryFetch}. */
    ChannelFetch(
            FetchResources resources,
            List<BlockKey> blocks,
            int firstIndex,
            ChannelSink sink,
            Consumer<Fetch> onFinished) {
        this.resources = resources;
        this.blocks = blocks;
        this.onFinished = onFinished;
        this.writer = new ChannelWriter(blocks, firstIndex, sink, resources);
        this.patience = new FetchPatience(resources);
    }

    @Override
    public List<BlockKey> blocks() {
        return blocks;
    }

    /** Nothing inline: whoever fetches into channels expects much. */
    @Override
    public int inlineMaxBytes() {
        return 0;
    }

    @Override
    public void onLayout(LayoutMessage answer, Optional<WindowReader> answerWindow) {
        boolean mustWait;
        synchronized (this) {
            if (failure != null) {
                answerWindow.ifPresent(WindowReader::release);
                return;
            }
            patience.onProgress();
            window = answerWindow.orElse(null);
            layouts = answer.blocks();
            cutter = new PieceCutter(layouts);
            mustWait = cutter.hasNext();
            if (mustWait) {
                patience.onMemoryAsked();
            }
        }
        drainSoon();
        if (mustWait) {
            waitForMemory();
        }
    }

    // ---- memory: the first lease is waited for, more are taken only when nobody else wants them

    private void waitForMemory() {
        BufferPool.Waiter waiter = resources.memory().acquire(cutter.maxCutBytes(), this::onMemory);
        synchronized (this) {
            memoryWaiter = waiter;
            if (failure == null) {
                if (patience.isWaitingForMemory()) {
                    resources.counters().increment(ShuffleCounter.MEMORY_WAITS);
                }
                return;
            }
        }
        waiter.cancel();
    }

    private void onMemory(List<BufferLease> leases) {
        synchronized (this) {
            patience.onMemoryGranted();
            if (failure == null) {
                spare.addAll(leases);
                leases = List.of();
            }
        }
        leases.forEach(BufferLease::close);
        readAhead();
    }

    // ---- reading

    private void readAhead() {
        List<Piece> toRead = new ArrayList<>();
        WindowReader from;
        synchronized (this) {
            from = window;
            while (failure == null && from != null && cutter.hasNext() && ahead.size() < MAX_PIECES_AHEAD) {
                if (spare.isEmpty()) {
                    resources.memory().tryAcquire(cutter.maxCutBytes()).ifPresent(spare::addAll);
                }
                if (spare.isEmpty()) {
                    break;
                }
                Piece piece = new Piece(cutter.next(), spare.poll());
                ahead.add(piece);
                toRead.add(piece);
            }
        }
        if (from != null) {
            for (Piece piece : toRead) {
                from.read(piece.cut.windowOffset(), piece.bytes(), new PieceRead(piece));
            }
        }
        drainSoon();
    }

    private final class PieceRead implements ReadCompletion {
        private final Piece piece;

        PieceRead(Piece piece) {
            this.piece = piece;
        }

        @Override
        public void onRead() {
            synchronized (ChannelFetch.this) {
                piece.read = true;
                patience.onProgress();
            }
            drainSoon();
        }

        @Override
        public void onReadFailed(TransportException cause) {
            // First: a piece that counts as read while nothing has failed is written.
            fail(FetchException.sessionLost(cause));
            synchronized (ChannelFetch.this) {
                piece.read = true;
            }
            drainSoon();
        }
    }

    // ---- writing

    private void drainSoon() {
        synchronized (this) {
            if (draining || ended) {
                return;
            }
            draining = true;
        }
        resources.diskExecutor().execute(this::drain);
    }

    /** Writes what has arrived in order, or comes to an end. At most one at a time. */
    private void drain() {
        List<BlockLayout> toReport = takeLayoutsToReport();
        writer.reportWithoutBytes(toReport).ifPresent(this::fail);
        for (Piece piece = nextToWrite(); piece != null; piece = nextToWrite()) {
            Optional<FetchException> failed = writer.write(piece.cut, piece.bytes(), layouts.get(piece.cut.block()));
            synchronized (this) {
                ahead.remove(piece);
                spare.add(piece.lease);
                patience.onProgress();
            }
            failed.ifPresentOrElse(this::fail, this::readAhead);
        }
        endIfOver();
    }

    private synchronized List<BlockLayout> takeLayoutsToReport() {
        if (layouts.isEmpty() || layoutsReported || failure != null) {
            return List.of();
        }
        layoutsReported = true;
        return layouts;
    }

    /** The next piece in order if it has arrived; otherwise nothing, and another drain may begin. */
    private synchronized @Nullable Piece nextToWrite() {
        Piece first = ahead.peek();
        if (failure == null && first != null && first.read) {
            return first;
        }
        return null;
    }

    private void endIfOver() {
        List<BufferLease> unused = new ArrayList<>();
        FetchException cause;
        boolean over;
        synchronized (this) {
            cause = failure;
            if (cause != null) {
                takeReadPieces();
            }
            boolean complete = layoutsReported && !cutter.hasNext();
            over = ahead.isEmpty() && (cause != null || complete);
            if (cause != null || over) {
                unused.addAll(spare);
                spare.clear();
            }
        }
        unused.forEach(BufferLease::close);
        if (cause != null) {
            writer.failRest(cause);
        }
        boolean again;
        synchronized (this) {
            draining = false;
            ended = over;
            again = !over && hasWork(cause);
        }
        if (over) {
            if (cause == null && window != null) {
                window.release();
            }
            onFinished.accept(this);
        } else if (again) {
            drainSoon();
        }
    }

    /** After a failure: pieces that are still being read keep their memory until their reads have ended; others don't. */
    private void takeReadPieces() {
        for (Piece piece : List.copyOf(ahead)) {
            if (piece.read) {
                ahead.remove(piece);
                spare.add(piece.lease);
            }
        }
    }

    /** Whether something came up while the drain that saw this failure, or none, was ending. */
    private boolean hasWork(@Nullable FetchException seenFailure) {
        if (failure != seenFailure) {
            return true;
        }
        boolean layoutsToReport = !layouts.isEmpty() && !layoutsReported && failure == null;
        return layoutsToReport
                || (failure == null ? nextToWrite() != null : ahead.stream().anyMatch(piece -> piece.read));
    }

    @Override
    public void fail(FetchException cause) {
        BufferPool.Waiter leaving;
        WindowReader abandoned;
        synchronized (this) {
            if (failure != null || ended) {
                return;
            }
            failure = cause;
            leaving = memoryWaiter;
            abandoned = window;
        }
        if (leaving != null) {
            leaving.cancel();
        }
        if (abandoned != null) {
            abandoned.cancel();
        }
        drainSoon();
    }

    @Override
    public void tick(long nowNs) {
        Optional<FetchException> late;
        synchronized (this) {
            late = draining ? Optional.empty() : patience.exhausted(nowNs);
        }
        late.ifPresent(this::fail);
    }
}

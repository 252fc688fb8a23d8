package org.apache.spark.shuffle.efa;

import io.sparkefa.spark.PeerAddress;
import io.sparkefa.spark.PeerUse;
import io.sparkefa.spark.PeerUser;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchFailures;
import io.sparkefa.transfer.FetchHandle;
import io.sparkefa.transfer.protocol.BlockKey;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request of Spark's block iterator: goes over the peer's session when there is one, and all of it or what fails there
 * through Spark's own client. Tells Spark's listener about each block exactly once, unless it was cancelled. Thread-safe.
 */
final class RemoteFetch implements PeerUser, FetchFailures {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteFetch.class);

    /**
     * What all requests of an executor share.
     *
     * @param background runs what may wait for a connection
     */
    record Surroundings(SparkFallback fallback, Executor background, FetchSettings settings) {}

    private final Surroundings with;
    private final PeerAddress peer;
    private final String[] blockIds;
    private final List<BlockKey> blocks;
    private final BlockFetchingListener listener;
    private final @Nullable DownloadFileManager downloads;
    private final Consumer<RemoteFetch> onEnd;

    private final AtomicInteger unreported;
    private final AtomicBoolean sessionFailed = new AtomicBoolean();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private volatile @Nullable PeerUse use;
    private volatile @Nullable FetchHandle handle;
    private volatile boolean cancelled;

    /**
     * @param blocks what {@code blockIds} stand for, in the same order
     * @param downloads makes the files for the blocks; null when they are to be kept in memory
     * @param onEnd run once, when nothing is left to cancel here
     */
    RemoteFetch(
            Surroundings with,
            PeerAddress peer,
            String[] blockIds,
            List<BlockKey> blocks,
            BlockFetchingListener listener,
            @Nullable DownloadFileManager downloads,
            Consumer<RemoteFetch> onEnd) {
        this.with = with;
        this.peer = peer;
        this.blockIds = blockIds;
        this.blocks = blocks;
        this.listener = listener;
        this.downloads = downloads;
        this.onEnd = onEnd;
        this.unreported = new AtomicInteger(blockIds.length);
    }

    /**
     * Gives up because the task is over. What is on its way is thrown away, and nobody is told: Spark's iterator has been
     * closed by then, and would only log each block as an error.
     */
    void cancel() {
        cancelled = true;
        FetchHandle current = handle;
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public void onSession(PeerUse peerUse) {
        use = peerUse;
        if (cancelled) {
            end();
            return;
        }
        FetchHandle started = downloads == null
                ? peerUse.session().fetch(blocks, new MemorySink(this))
                : peerUse.session()
                        .fetchToChannels(blocks, new DownloadSink(this, downloads, with.settings.downloadConf()));
        handle = started;
        if (cancelled) {
            started.cancel();
        }
    }

    @Override
    public void onUnavailable(String reason) {
        end();
        if (!cancelled) {
            LOG.debug("{} blocks of {} go through Spark's own client: {}", blockIds.length, peer, reason);
            with.fallback.fetch(peer, blockIds, listener, downloads);
        }
    }

    /** A block is here. The listener keeps the buffer by retaining it; this call takes over the caller's reference. */
    void onFetchedAndRelease(int index, ManagedBuffer buffer) {
        try {
            listener.onBlockFetchSuccess(blockIds[index], buffer);
        } catch (RuntimeException e) {
            LOG.error("Spark did not take {} of {}", blockIds[index], peer, e);
            listener.onBlockFetchFailure(blockIds[index], e);
        } finally {
            buffer.release();
            onReported();
        }
    }

    @Override
    public void onBlockMissing(int index, String reason) {
        if (with.settings.missingMayBeStored()) {
            failed.add(blockIds[index]);
        } else if (!cancelled) {
            listener.onBlockFetchFailure(
                    blockIds[index], new IOException(peer + " does not have " + blockIds[index] + ": " + reason));
        }
        onReported();
    }

    @Override
    public void onBlockFailed(int index, FetchException cause) {
        boolean sessionAtFault = switch (cause.reason()) {
            case SESSION_LOST, TIMEOUT, CORRUPT -> true;
            case REFUSED, NO_MEMORY, CANCELLED, DESTINATION -> false;
        };
        PeerUse current = use;
        if (sessionAtFault && current != null && sessionFailed.compareAndSet(false, true)) {
            current.onSessionFailed(cause);
        }
        if (failed.isEmpty() && !cancelled) {
            LOG.debug("{} of {} did not arrive ({})", blockIds[index], peer, cause.reason(), cause);
        }
        failed.add(blockIds[index]);
        onReported();
    }

    private void onReported() {
        if (unreported.decrementAndGet() > 0) {
            return;
        }
        end();
        if (!failed.isEmpty() && !cancelled) {
            String[] rest = failed.toArray(String[]::new);
            with.fallback.fetchInBackground(with.background, peer, rest, listener, downloads);
        }
    }

    private void end() {
        PeerUse current = use;
        if (current != null) {
            current.close();
        }
        onEnd.accept(this);
    }
}

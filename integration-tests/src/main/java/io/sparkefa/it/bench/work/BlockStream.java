package io.sparkefa.it.bench.work;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the blocks of a {@link DataSet} as Spark's block iterator would: some requests are under way, and the next one follows when
 * one has ended. Blocks are dropped when they arrive. Used by one thread, which sends the requests, as a task's thread does.
 */
final class BlockStream {
    private static final int LONGEST_REQUEST_S = 120;

    /** Sees each block when it arrives, in the thread that brings it. */
    interface BlockCheck {
        void check(String blockId, ManagedBuffer block) throws IOException;
    }

    /**
     * @param requestTimesNs from when each request was sent to its last block
     * @param startNs and {@code endNs}: when the first request was sent and the last block had arrived
     */
    record Outcome(long blocks, long[] requestTimesNs, long startNs, long endNs) {}

    private final FetchClient client;
    private final Executor server;
    private final DataSet data;
    private final RequestPlan plan;
    private final int first;
    private final int underWay;
    private final boolean toDisk;
    private final Semaphore free;
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    /** @param start where in the blocks this stream begins, from 0 to less than 1: streams side by side do not fetch the same */
    BlockStream(FetchClient client, Executor server, DataSet data, StreamShape shape, double start) {
        this.client = client;
        this.server = server;
        this.data = data;
        this.plan = new RequestPlan(data, shape);
        this.first = (int) (start * plan.size());
        this.underWay = shape.requestsUnderWay(data);
        this.toDisk = shape.toDisk();
        this.free = new Semaphore(underWay);
    }

    /** Fetches each block once. */
    Outcome once(BlockCheck check) throws IOException, InterruptedException {
        return run(sent -> sent < plan.size(), check);
    }

    /** Begins new requests for this long, each block in its turn, again and again; at least one request. */
    Outcome during(long limitMs) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        long limitNs = TimeUnit.MILLISECONDS.toNanos(limitMs);
        return until(() -> System.nanoTime() - startNs >= limitNs);
    }

    /** The same until it is enough. */
    Outcome until(BooleanSupplier enough) throws IOException, InterruptedException {
        return run(sent -> sent == 0 || !enough.getAsBoolean(), (blockId, block) -> {});
    }

    /** @param more whether another request is to follow so many */
    private Outcome run(IntPredicate more, BlockCheck check) throws IOException, InterruptedException {
        List<Request> requests = new ArrayList<>();
        long blocks = 0;
        long startNs = System.nanoTime();
        try (DownloadFiles files = new DownloadFiles()) {
            while (more.test(requests.size())) {
                awaitEnds(1);
                String[] blockIds = plan.request(first + requests.size());
                Request request = new Request(blockIds.length, check);
                client.client()
                        .fetchBlocks(
                                server.host(), server.port(), server.id(), blockIds, request, toDisk ? files : null);
                blocks += blockIds.length;
                requests.add(request);
            }
            awaitEnds(underWay);
            long endNs = System.nanoTime();
            free.release(underWay);
            long[] timesNs =
                    requests.stream().mapToLong(request -> request.tookNs).toArray();
            return new Outcome(blocks, timesNs, startNs, endNs);
        }
    }

    private void awaitEnds(int requests) throws IOException, InterruptedException {
        if (!free.tryAcquire(requests, LONGEST_REQUEST_S, TimeUnit.SECONDS)) {
            throw new IOException("no request for blocks of " + data + " ended for " + LONGEST_REQUEST_S + " s");
        }
        String failed = failure.get();
        if (failed != null) {
            throw new IOException(failed);
        }
    }

    private final class Request implements BlockFetchingListener {
        private final AtomicInteger missing;
        private final BlockCheck check;
        private final long sentNs = System.nanoTime();
        /** Written before the request gives its permit back, read with all permits taken. */
        private long tookNs;

        Request(int blockCount, BlockCheck check) {
            this.missing = new AtomicInteger(blockCount);
            this.check = check;
        }

        @Override
        public void onBlockFetchSuccess(String blockId, ManagedBuffer block) {
            if (block.size() != data.blockBytes()) {
                failure.compareAndSet(null, blockId + " has " + block.size() + " bytes");
            }
            try {
                check.check(blockId, block);
            } catch (IOException | RuntimeException e) {
                failure.compareAndSet(null, e.toString());
            }
            onEnd();
        }

        @Override
        public void onBlockFetchFailure(String blockId, Throwable cause) {
            failure.compareAndSet(null, blockId + " was not fetched: " + cause);
            onEnd();
        }

        private void onEnd() {
            if (missing.decrementAndGet() == 0) {
                tookNs = System.nanoTime() - sentNs;
                free.release();
            }
        }
    }
}

package io.sparkefa.it.bench.work;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one block at a time, each alone in its request, and takes the time from when the thread asks for it to when the thread goes on
 * with it, as a task's thread does. Used by one thread.
 */
final class SingleFetches {
    private static final int LONGEST_S = 120;

    private final FetchClient client;
    private final Executor server;
    private final DataSet data;
    private final RequestPlan plan;

    SingleFetches(FetchClient client, Executor server, DataSet data) {
        this.client = client;
        this.server = server;
        this.data = data;
        this.plan =
                new RequestPlan(data, StreamShape.ofSpark(BlockOrder.BY_REDUCER).withRequestsUpTo(1, 1));
    }

    /**
     * Fetches until there are so many times, or until so long has passed.
     *
     * @param pauseNs between a block and the next
     * @return at least one
     */
    long[] timesNs(int most, long limitNs, long pauseNs) throws IOException, InterruptedException {
        long[] timesNs = new long[most];
        int count = 0;
        long startNs = System.nanoTime();
        while (count < most && (count == 0 || System.nanoTime() - startNs < limitNs)) {
            if (pauseNs > 0) {
                LockSupport.parkNanos(pauseNs);
            }
            timesNs[count] = fetch(plan.request(count));
            count++;
        }
        return Arrays.copyOf(timesNs, count);
    }

    private long fetch(String[] blockId) throws IOException, InterruptedException {
        Arrival arrival = new Arrival();
        long startNs = System.nanoTime();
        client.client().fetchBlocks(server.host(), server.port(), server.id(), blockId, arrival, null);
        if (!arrival.here.tryAcquire(LONGEST_S, TimeUnit.SECONDS)) {
            throw new IOException(blockId[0] + " did not arrive for " + LONGEST_S + " s");
        }
        long tookNs = System.nanoTime() - startNs;
        String failed = arrival.failure.get();
        if (failed != null) {
            throw new IOException(failed);
        }
        return tookNs;
    }

    private final class Arrival implements BlockFetchingListener {
        private final Semaphore here = new Semaphore(0);
        private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

        @Override
        public void onBlockFetchSuccess(String blockId, ManagedBuffer block) {
            if (block.size() != data.blockBytes()) {
                failure.set(blockId + " has " + block.size() + " bytes");
            }
            here.release();
        }

        @Override
        public void onBlockFetchFailure(String blockId, Throwable cause) {
            failure.set(blockId + " was not fetched: " + cause);
            here.release();
        }
    }
}

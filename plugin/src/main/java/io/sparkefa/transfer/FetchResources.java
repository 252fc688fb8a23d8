package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What all fetches of one client share.
 *
 * @param bytesCounter counts the bytes that come over the client's transport, where they are counted apart
 */
record FetchResources(
        BufferPool memory,
        Executor diskExecutor,
        TransferSettings settings,
        ShuffleCounters counters,
        Optional<ShuffleCounter> bytesCounter,
        LongSupplier nanoClock) {

    /** A block has arrived, and is what it should be. */
    void onFetched(long lengthBytes) {
        counters.increment(ShuffleCounter.FETCH_BLOCKS);
        counters.add(ShuffleCounter.FETCH_BYTES, lengthBytes);
        bytesCounter.ifPresent(counter -> counters.add(counter, lengthBytes));
    }
}

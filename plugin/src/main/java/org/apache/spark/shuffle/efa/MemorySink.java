package org.apache.spark.shuffle.efa;

import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchedBlock;

/** Hands blocks to Spark in the memory in which they arrived. Thread-safe. */
final class MemorySink implements BlockSink {

    private final RemoteFetch fetch;

    MemorySink(RemoteFetch fetch) {
        this.fetch = fetch;
    }

    @Override
    public void onBlock(int index, FetchedBlock block) {
        fetch.onFetchedAndRelease(index, new LeasedManagedBuffer(block));
    }

    @Override
    public void onBlockMissing(int index, String reason) {
        fetch.onBlockMissing(index, reason);
    }

    @Override
    public void onBlockFailed(int index, FetchException cause) {
        fetch.onBlockFailed(index, cause);
    }
}

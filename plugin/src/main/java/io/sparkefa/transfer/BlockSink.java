package io.sparkefa.transfer;

/**
 * Where the blocks of one fetch go. Called on transport threads, possibly on several at once for different blocks; must not
 * block and must not throw.
 */
public interface BlockSink extends FetchFailures {

    /** A block has arrived whole. The sink owns it from now on and must {@link FetchedBlock#release} it. */
    void onBlock(int index, FetchedBlock block);
}

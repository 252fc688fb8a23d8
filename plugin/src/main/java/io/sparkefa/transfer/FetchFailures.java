package io.sparkefa.transfer;

/** The two ways in which a block does not arrive. */
public interface FetchFailures {

    /** The peer answered that it cannot serve this block. Asking again would not help. */
    void onBlockMissing(int index, String reason);

    /** The block did not arrive for a reason of the transport or of this process; it may be fetched another way. */
    void onBlockFailed(int index, FetchException cause);
}

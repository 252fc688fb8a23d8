package io.sparkefa.transfer;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * Where the blocks of one fetch go when they are not to be held in memory. Called on threads that may block on the disk, one
 * block at a time.
 */
public interface ChannelSink extends FetchFailures {

    /**
     * Opens the destination of a block; the caller writes {@code lengthBytes} bytes in order and then calls
     * {@link #onBlockWritten}. When the block fails instead, the sink closes and discards what it opened. An exception here, or
     * from the channel, fails this block and those that were not written yet.
     */
    WritableByteChannel open(int index, long lengthBytes) throws IOException;

    /** All bytes of the block have been written to the channel, which the sink now closes. */
    void onBlockWritten(int index);
}

package io.sparkefa.transport.socket;

import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One {@code Connection.read} that has not ended. Its fields are the {@link ReadQueue}'s. */
final class PendingRead {

    final long windowId;
    final long offset;
    final ReadCompletion completion;
    final int lengthBytes;
    private final ByteBuffer destination;

    /** Bytes from the beginning that have been cut into stripes. */
    int cutBytes;

    /** Bytes that have arrived. */
    int arrivedBytes;

    /** Stripes that a flow may be writing to. */
    int stripesUnderWay;

    @Nullable
    TransportException failure;

    PendingRead(long windowId, long offset, ByteBuffer destination, ReadCompletion completion) {
        this.windowId = windowId;
        this.offset = offset;
        this.destination = destination.slice();
        this.lengthBytes = destination.remaining();
        this.completion = completion;
    }

    ByteBuffer destination(int start, int stripeBytes) {
        return destination.slice(start, stripeBytes);
    }

    /** Tells the reader how it ended. Under no lock. */
    void report() {
        TransportException cause = failure;
        if (cause == null) {
            completion.onRead();
        } else {
            completion.onReadFailed(cause);
        }
    }
}

package io.sparkefa.transport.socket;

import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One {@code Connection.read} that has not ended. Its fields are the {@link ReadQueue}'s. */
final class PendingRead {

    private static final Logger LOG = LoggerFactory.getLogger(PendingRead.class);

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
        try {
            if (cause == null) {
                completion.onRead();
            } else {
                completion.onReadFailed(cause);
            }
        } catch (RuntimeException e) {
            LOG.error("a completion threw; reads that end after it must not suffer", e);
        }
    }
}

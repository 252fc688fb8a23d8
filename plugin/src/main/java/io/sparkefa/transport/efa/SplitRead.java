package io.sparkefa.transport.efa;

import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A read in chunks: it has ended when all of them have. Thread-safe. */
final class SplitRead {

    private final ReadCompletion completion;
    private final AtomicInteger openChunks;
    private volatile @Nullable TransportException failure;

    SplitRead(ReadCompletion completion, int chunks) {
        this.completion = completion;
        this.openChunks = new AtomicInteger(chunks);
    }

    /** Once for each chunk, when its part of the destination is the caller's again. */
    void onChunkEnded(@Nullable TransportException cause) {
        if (cause != null) {
            failure = cause;
        }
        if (openChunks.decrementAndGet() > 0) {
            return;
        }
        TransportException failed = failure;
        if (failed == null) {
            completion.onRead();
        } else {
            completion.onReadFailed(failed);
        }
    }
}

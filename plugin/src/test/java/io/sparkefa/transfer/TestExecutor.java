package io.sparkefa.transfer;

import io.sparkefa.buffer.SlabSource;
import io.sparkefa.transport.Transport;

/**
 * A transport, and where its executor's buffer pools get their memory.
 *
 * @param closeMemory to be called when the transport and the pools are closed
 */
record TestExecutor(Transport transport, SlabSource receive, SlabSource staging, Runnable closeMemory) {

    /** Ordinary memory will do. */
    static TestExecutor plain(Transport transport) {
        return new TestExecutor(transport, SlabSource.DIRECT, SlabSource.DIRECT, () -> {});
    }
}

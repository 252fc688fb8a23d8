package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.ReleaseMessage;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;

/** The reader's end of a window: pulls ranges of it, and then lets the server have it back. Thread-safe. */
final class WindowReader {

    private final Connection connection;
    private final WindowDescriptor descriptor;
    private final long requestId;

    WindowReader(Connection connection, WindowDescriptor descriptor, long requestId) {
        this.connection = connection;
        this.descriptor = descriptor;
        this.requestId = requestId;
    }

    /** As {@link Connection#read}. */
    void read(long offset, ByteBuffer destination, ReadCompletion completion) {
        connection.read(descriptor, offset, destination, completion);
    }

    /** Everything has been read. */
    void release() {
        connection.send(new ReleaseMessage(requestId, false).encode());
    }

    /** What has not been read yet is not wanted any more; reads under way may fail. */
    void cancel() {
        connection.send(new ReleaseMessage(requestId, true).encode());
    }
}

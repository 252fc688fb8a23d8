package io.sparkefa.spark;

import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What an executor moves bytes with. Immutable. Whoever asked for it starts the transports, and closes them before the memory.
 *
 * @param transports the preferred one first
 * @param receiveMemory where fetched blocks go
 * @param servingMemory from where short blocks are served
 * @param levels what the transports have in use, by the name of its gauge
 */
record TransportSet(
        List<Transport> transports,
        SlabSource receiveMemory,
        SlabSource servingMemory,
        Map<String, LongSupplier> levels) {

    /** Makes the transports of an executor. */
    interface Opener {

        /**
         * @param parts gets what has to be closed after the transports and the memory's users
         * @throws IOException when there is something that the transports need and that cannot be had
         */
        TransportSet open(RuntimeSettings settings, ShuffleCounters counters, ClosingStack parts) throws IOException;
    }

    /** TCP flows only, over memory that no device has to know. */
    static TransportSet sockets(RuntimeSettings settings, ShuffleCounters counters, ClosingStack parts) {
        SocketTransport sockets = new SocketTransport(settings.sockets(), counters);
        return new TransportSet(
                List.of(sockets), SlabSource.DIRECT, SlabSource.DIRECT, Map.of("flows.open", sockets::flowCount));
    }
}

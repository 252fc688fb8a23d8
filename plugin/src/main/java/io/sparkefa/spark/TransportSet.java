package io.sparkefa.spark;

import io.sparkefa.buffer.SlabSource;
import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.efa.EfaDevices;
import io.sparkefa.transport.efa.EfaTransport;
import io.sparkefa.transport.efa.RegisteredMemory;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /** EFA and, for peers to which there is none, TCP flows; over memory that all EFA devices know. */
    static TransportSet efaAndSockets(
            Libfabric libfabric, RuntimeSettings settings, ShuffleCounters counters, ClosingStack parts)
            throws IOException {
        EfaDevices devices = parts.add(EfaDevices.open(libfabric, settings.efa()));
        RegisteredMemory receive =
                parts.add(devices.allocate("fetched blocks", settings.receiveBytes(), Set.of(Access.READ)));
        // Blocks that are to be encrypted must not lie in clear where peers may read.
        Optional<RegisteredMemory> serving = settings.efa().encrypted()
                ? Optional.empty()
                : Optional.of(parts.add(devices.allocate(
                        "blocks to serve", settings.server().maxStagingBytes(), Set.of(Access.REMOTE_READ))));
        TransportSet sockets = sockets(settings, counters, parts);
        List<Transport> transports = new ArrayList<>();
        transports.add(new EfaTransport(devices, settings.efa(), receive, serving, counters));
        transports.addAll(sockets.transports());
        SlabSource servingMemory = serving.isPresent() ? serving.get() : SlabSource.DIRECT;
        return new TransportSet(List.copyOf(transports), receive, servingMemory, sockets.levels());
    }
}

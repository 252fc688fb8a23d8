package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;

/** An EFA transport with devices and registered memory of its own, as one executor has them; closed together. */
public final class EfaTestTransport implements Transport {

    private final EfaDevices devices;
    public final RegisteredMemory receive;
    public final RegisteredMemory staging;
    public final ShuffleCounters counters = new ShuffleCounters();
    private final EfaTransport transport;
    private boolean closed;

    public EfaTestTransport(Libfabric libfabric, EfaSettings settings, long receiveBytes, long stagingBytes) {
        try {
            devices = EfaDevices.open(libfabric, settings);
            receive = devices.allocate("receive", receiveBytes, Set.of(Access.READ));
            staging = devices.allocate(
                    "staging", stagingBytes, Set.of(settings.encrypted() ? Access.READ : Access.REMOTE_READ));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Optional<RegisteredMemory> readable = settings.encrypted() ? Optional.empty() : Optional.of(staging);
        transport = new EfaTransport(devices, settings, receive, readable, counters);
    }

    @Override
    public String name() {
        return transport.name();
    }

    @Override
    public TransportAddress start(ExecutorIdentity self, SessionDirectory sessions, ServerHandler handler)
            throws IOException {
        return transport.start(self, sessions, handler);
    }

    @Override
    public Optional<TransportAddress> address() {
        return transport.address();
    }

    @Override
    public Connection connect(
            String host, TransportAddress address, SessionCredentials credentials, ConnectionHandler handler) {
        return transport.connect(host, address, credentials, handler);
    }

    @Override
    public int maxMessageBytes() {
        return transport.maxMessageBytes();
    }

    /** Closes the transport only; the memory, which buffer pools may still use, follows with {@link #closeDevices}. */
    @Override
    public void close() {
        transport.close();
    }

    public synchronized void closeDevices() {
        if (!closed) {
            closed = true;
            receive.close();
            staging.close();
            devices.close();
        }
    }
}

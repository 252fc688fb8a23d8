package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * The reading side of one transport: opens sessions to peers and fetches blocks through them. Thread-safe; has no thread of
 * its own, so somebody must call {@link #tick} several times a second.
 */
public final class TransferClient implements AutoCloseable {

    private final Transport transport;
    private final FetchResources resources;
    /** In the order in which they were asked for. Guarded by itself. */
    private final Set<ClientSession> sessions = Collections.synchronizedSet(new LinkedHashSet<>());

    /**
     * @param transport started; owned by the caller
     * @param memory where fetched blocks go; owned by the caller, and to be closed after the transport
     * @param diskExecutor runs what may block on the disk: writing blocks to channels
     * @param nanoClock as {@link System#nanoTime}
     */
    public TransferClient(
            Transport transport,
            BufferPool memory,
            Executor diskExecutor,
            TransferSettings settings,
            ShuffleCounters counters,
            LongSupplier nanoClock) {
        this.transport = transport;
        this.resources = new FetchResources(
                memory, diskExecutor, settings, counters, ShuffleCounter.bytesOver(transport.name()), nanoClock);
    }

    /**
     * Begins to open a session and returns at once. Blocks may be fetched at once too; they wait until it is open.
     *
     * @param host the host under which Spark knows the peer
     * @param listener told when the session is open and when it has ended; never on the calling thread
     */
    public PeerSession connect(
            String host, TransportAddress address, SessionCredentials credentials, SessionListener listener) {
        int maxBlocks = ClientSession.maxBlocksPerRequest(resources.settings(), transport.maxMessageBytes());
        ClientSession session = new ClientSession(resources, maxBlocks, listener, sessions::remove);
        sessions.add(session);
        session.open(handler -> transport.connect(host, address, credentials, handler));
        return session;
    }

    /** Sessions that are open or opening. */
    public int sessionCount() {
        return sessions.size();
    }

    /** Fetches, of all sessions, of which some block is not reported or something is still being read. */
    public int unfinishedFetchCount() {
        return sessionsNow().stream()
                .mapToInt(ClientSession::unfinishedFetchCount)
                .sum();
    }

    /** Fails what has waited too long. */
    public void tick(long nowNs) {
        sessionsNow().forEach(session -> session.tick(nowNs));
    }

    /** Ends all sessions; blocks not reported yet fail, at the latest when the transport is closed. */
    @Override
    public void close() {
        sessionsNow().forEach(ClientSession::close);
    }

    private List<ClientSession> sessionsNow() {
        synchronized (sessions) {
            return List.copyOf(sessions);
        }
    }
}

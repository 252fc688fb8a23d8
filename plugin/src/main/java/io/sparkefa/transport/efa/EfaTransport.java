package io.sparkefa.transport.efa;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.fabric.Access;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.efa.Acceptance.RemoteRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shuffle over EFA endpoints. Every session has a control rail for its messages; chunks are pulled over whichever rail has
 * least to do.
 *
 * <p>Owns its rails, its server threads and the memory for chunks. The devices, and the registered memory that it is given, are
 * the caller's, to be closed afterwards.
 */
public final class EfaTransport implements Transport {

    public static final String NAME = "efa";

    /** How long the end of a session waits for the peer to hear of it. */
    static final long CLOSE_PATIENCE_NS = TimeUnit.SECONDS.toNanos(2);

    private static final long CLOSE_POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final EfaDevices devices;
    private final EfaSettings settings;
    private final RegisteredMemory receive;
    private final Optional<RegisteredMemory> staging;
    private final ShuffleCounters counters;
    private final LongSupplier nanoClock = System::nanoTime;
    private final CountDownLatch whenClosed = new CountDownLatch(1);

    // ---- guarded by this
    private @Nullable Running running;
    private boolean closed;

    /** What there is from {@link #start} to {@link #close}. */
    private record Running(
            List<RailSessions> rails,
            SessionDoor door,
            RailPulls pulls,
            TransportThreads threads,
            TransportThreads checkers,
            BufferPool chunkPool,
            RegisteredMemory chunkMemory) {}

    /**
     * @param receive readers' destinations are in it; others work too, and cost a copy
     * @param staging where the memory of exposed windows is; other memory works too, and costs a copy. Whoever exposes such
     *     memory has checksums of its own, since a window that is closed too early can be read with other content. Nothing where
     *     what is read is encrypted: what lies there is not
     */
    public EfaTransport(
            EfaDevices devices,
            EfaSettings settings,
            RegisteredMemory receive,
            Optional<RegisteredMemory> staging,
            ShuffleCounters counters) {
        this.devices = devices;
        this.settings = settings;
        this.receive = receive;
        if (settings.encrypted() && staging.isPresent()) {
            throw new IllegalArgumentException("peers would read what is not encrypted");
        }
        this.staging = staging;
        this.counters = counters;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** The bytes of a message, which the caller may change afterwards. */
    static ByteBuffer copyOf(ByteBuffer message, EfaSettings settings) {
        checkLength(message, settings);
        return ByteBuffer.allocate(message.remaining()).put(message.duplicate()).flip();
    }

    static void checkLength(ByteBuffer message, EfaSettings settings) {
        if (message.remaining() > maxMessageBytes(settings)) {
            throw new IllegalArgumentException(
                    "a message of " + message.remaining() + " bytes; at most " + maxMessageBytes(settings));
        }
    }

    private static int maxMessageBytes(EfaSettings settings) {
        return settings.queues().messageBytes() - Wire.HEADER_BYTES - 1 - Integer.BYTES - MessageSeal.TAG_BYTES;
    }

    @Override
    public int maxMessageBytes() {
        return maxMessageBytes(settings);
    }

    // ---- opening

    @Override
    public synchronized TransportAddress start(ExecutorIdentity self, SessionDirectory directory, ServerHandler handler)
            throws IOException {
        if (running != null || closed) {
            throw new IllegalStateException("the EFA transport has been started before");
        }
        RegisteredMemory chunkMemory =
                devices.allocate("chunks", settings.chunkMemoryBytes(), Set.of(Access.READ, Access.REMOTE_READ));
        BufferPool chunkPool = new BufferPool("chunks", settings.chunkMemoryBytes(), chunkMemory);
        TransportThreads threads = new TransportThreads("server", settings.serverThreads());
        // Apart from the others, which may wait for a disk.
        TransportThreads checkers = new TransportThreads("checker", settings.serverThreads());
        ChunkStager stager = new ChunkStager(chunkPool, chunkMemory, staging, threads);
        List<RemoteRegion> regions = Stream.concat(Stream.of(chunkMemory), staging.stream())
                .map(this::regionOf)
                .toList();
        SessionDoor door = new SessionDoor(
                settings.provider(), settings.encrypted(), directory, handler, stager, regions, threads);
        List<RailSessions> rails = IntStream.range(0, devices.count())
                .mapToObj(index -> new RailSessions(index, devices.device(index), settings, door, counters, nanoClock))
                .toList();
        Running starting = new Running(
                rails,
                door,
                new RailPulls(rails, receive, chunkPool, chunkMemory, checkers, counters, self, this::ownAddress),
                threads,
                checkers,
                chunkPool,
                chunkMemory);
        try {
            for (RailSessions sessions : rails) {
                sessions.rail().start();
            }
        } catch (IOException | RuntimeException | Error e) {
            close(starting);
            throw e;
        }
        running = starting;
        return address().orElseThrow();
    }

    private RemoteRegion regionOf(RegisteredMemory memory) {
        return new RemoteRegion(
                IntStream.range(0, devices.count())
                        .mapToLong(rail -> memory.remoteAddress(rail, 0))
                        .toArray(),
                IntStream.range(0, devices.count()).mapToLong(memory::key).toArray());
    }

    @Override
    public synchronized Optional<TransportAddress> address() {
        EfaAddress address = ownAddress();
        return address.railFor(0) < 0 ? Optional.empty() : Optional.of(new TransportAddress(NAME, address.encode()));
    }

    private synchronized EfaAddress ownAddress() {
        List<RailSessions> rails = running == null || closed ? List.of() : running.rails();
        return new EfaAddress(
                settings.provider(),
                rails.stream()
                        .map(sessions -> sessions.rail().address().orElse(new byte[0]))
                        .toList());
    }

    @Override
    public Connection connect(
            String host, TransportAddress address, SessionCredentials credentials, ConnectionHandler handler) {
        Running started;
        boolean tooLate;
        synchronized (this) {
            if (running == null) {
                throw new IllegalStateException("the EFA transport is not started");
            }
            started = running;
            tooLate = closed;
        }
        RailSessions home = quietest(started.rails());
        EfaAddress peer;
        TransportException unusable = null;
        try {
            peer = EfaAddress.decode(address.encoded());
            if (!peer.provider().equals(settings.provider())) {
                unusable = new TransportException(
                        "the provider of " + host + " is " + peer.provider() + ", here it is " + settings.provider());
            }
        } catch (IOException e) {
            peer = new EfaAddress(settings.provider(), List.of());
            unusable = new TransportException("cannot connect to " + host + ": " + e.getMessage(), e);
        }
        ReaderSession session =
                new ReaderSession(home, SessionDoor.newId(), host, peer, credentials, handler, started.pulls());
        TransportException refused = unusable;
        Runnable open = refused == null ? session::open : () -> session.refuse(refused);
        if (tooLate || !home.rail().tryExecute(open)) {
            TransportException cause =
                    new TransportException("cannot connect to " + host + ": the transport is closed");
            Thread told = new Thread(() -> handler.onClosed(cause), "spark-efa-closed");
            told.setDaemon(true);
            told.start();
        }
        return session;
    }

    private static RailSessions quietest(List<RailSessions> rails) {
        RailSessions best = rails.get(0);
        for (RailSessions rail : rails) {
            boolean better = best.rail().address().isEmpty() || rail.count() < best.count();
            if (rail.rail().address().isPresent() && better) {
                best = rail;
            }
        }
        return best;
    }

    // ---- closing

    /**
     * Takes 5 s at most, when everything goes wrong at once: peers that do not hear of it (2 s), sends and endpoints that do not
     * end (1.5 s for all rails at a time), chunks that are being opened and a disk that does not answer (0.7 s each).
     *
     * <p>Waits until it is done, also when another thread does it; except on one of the transport's own threads, from where this
     * returns at once.
     */
    @Override
    public void close() {
        Running closing;
        boolean first;
        synchronized (this) {
            first = !closed;
            closed = true;
            closing = running;
        }
        if (closing == null) {
            return;
        }
        if (first) {
            Thread closer = new Thread(() -> close(closing), "spark-efa-close");
            closer.setDaemon(true);
            closer.start();
        }
        boolean ownThread = TransportThreads.isOne(Thread.currentThread())
                || closing.rails().stream().anyMatch(rail -> rail.rail().isOnThread());
        if (!ownThread) {
            awaitClosed();
        }
    }

    private void awaitClosed() {
        try {
            whenClosed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void close(Running closing) {
        List<RailSessions> rails = closing.rails();
        rails.forEach(rail -> rail.rail().tryExecute(rail::closeAll));
        long deadlineNs = nanoClock.getAsLong() + CLOSE_PATIENCE_NS;
        while (rails.stream().anyMatch(rail -> rail.count() > 0) && nanoClock.getAsLong() - deadlineNs < 0) {
            LockSupport.parkNanos(CLOSE_POLL_NS);
        }
        rails.forEach(rail -> rail.rail().stop());
        rails.forEach(rail -> rail.rail().close());
        // What was read and is being checked ends before the sessions do.
        boolean checked = closing.checkers().close();
        TransportException cause = new TransportException("the EFA transport was closed");
        rails.forEach(rail -> rail.onAllRailsClosed(cause));
        boolean served = closing.threads().close();
        if (!checked || !served) {
            devices.holdForEver();
        }
        closing.chunkPool().close();
        closing.chunkMemory().close();
        whenClosed.countDown();
    }

    @Override
    public String toString() {
        return NAME + " on " + devices.describe();
    }
}

package io.sparkefa.spark;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.shuffle.MapOutputStore;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import org.apache.spark.storage.BlockManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin's side of one executor: its transports, its server and its client, the memory they use, the peers it knows.
 * Thread-safe. Owns all of it.
 */
public final class ShuffleRuntime implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ShuffleRuntime.class);

    /** Requests and connections time out with this precision. */
    private static final long TICK_MS = 200;

    /** How often is looked for what is idle. */
    private static final long IDLE_CHECK_MS = 10_000;

    private final String applicationId;
    private final String executorId;
    private final UUID incarnation = UUID.randomUUID();
    private final ShuffleCounters counters;
    private final MapOutputStore mapOutputs;
    private final SessionRegistry sessions;
    private final List<TransportAddress> addresses;
    private final PeerDirectory peers;
    private final Executor background;
    private final ClosingStack parts;

    private ShuffleRuntime(
            ShuffleConfig config,
            SparkEnv env,
            IndexShuffleBlockResolver resolver,
            int reservedShuffleId,
            ShuffleCounters counters,
            ClosingStack parts)
            throws IOException {
        this.applicationId = env.conf().getAppId();
        this.executorId = env.executorId();
        this.counters = counters;
        this.parts = parts;
        BlockManager blockManager = env.blockManager();
        RuntimeSettings settings = RuntimeSettings.of(
                config, env.conf(), blockManager.blockManagerId().host(), new LocalMachine());
        LongSupplier nanoClock = System::nanoTime;

        // Closed in reverse: what uses something else comes after it.
        BufferPool receive = parts.add(new BufferPool("receive", settings.receiveBytes(), SlabSource.DIRECT));
        BufferPool staging =
                parts.add(new BufferPool("staging", settings.server().maxStagingBytes(), SlabSource.DIRECT));
        mapOutputs = parts.add(new MapOutputStore(
                new SparkMapOutputFiles(resolver),
                settings.server().indexCacheBytes(),
                settings.server().maxOpenFiles(),
                settings.server().idleTimeout().toNanos()));
        sessions = new SessionRegistry(
                settings.server().maxSessions(), settings.server().idleTimeout().toNanos(), nanoClock);
        RuntimeThreads threads = parts.add(new RuntimeThreads());
        background = threads.background();
        SocketTransport transport = parts.add(new SocketTransport(settings.sockets(), counters));
        TransferServer server = new TransferServer(mapOutputs, staging, sessions, settings.transfer(), counters);
        addresses = List.of(transport.start(sessions, server));
        TransferClient client = parts.add(
                new TransferClient(transport, receive, threads.disk(), settings.transfer(), counters, nanoClock));
        Optional<ExecutorLocator> locator = blockManager.externalShuffleServiceEnabled()
                ? Optional.of(ExecutorLocator.asking(blockManager.master(), nanoClock))
                : Optional.empty();
        PeerFinder finder = new SparkPeerFinder(
                applicationId,
                reservedShuffleId,
                blockManager.blockTransferService(),
                locator,
                Map.of(transport.name(), client));
        peers = parts.add(new PeerDirectory(finder, settings.peers(), background, counters, nanoClock));
        threads.every(TICK_MS, "watching timeouts", () -> client.tick(nanoClock.getAsLong()));
        threads.every(TICK_MS, "watching peers", peers::housekeep);
        threads.every(IDLE_CHECK_MS, "giving back what is idle", () -> {
            mapOutputs.closeIdle(nanoClock.getAsLong());
            sessions.forgetUnopened();
            receive.trim();
            staging.trim();
        });
        register(
                env.metricsSystem(),
                new EfaShuffleSource(
                        counters,
                        Map.of(
                                "memory.leasedBytes", receive::leasedBytes,
                                "memory.allocatedBytes", receive::allocatedBytes,
                                "staging.leasedBytes", staging::leasedBytes,
                                "staging.allocatedBytes", staging::allocatedBytes,
                                "sessions.open", client::sessionCount,
                                "flows.open", transport::flowCount,
                                "peers.known", peers::size)));
        LOG.info(
                "Executor {} serves shuffle blocks over {}; {}; EFA is not used: {}",
                executorId,
                transport,
                settings.describe(),
                FabricSupport.load().unavailabilityCause().orElse("it was not asked for"));
    }

    /**
     * Opens everything.
     *
     * @param resolver says where map outputs are
     * @param reservedShuffleId under which peers answer with their cards
     * @param counters outlive the runtime
     * @throws IOException when a transport cannot be opened; nothing stays open then
     */
    public static ShuffleRuntime start(
            ShuffleConfig config,
            SparkEnv env,
            IndexShuffleBlockResolver resolver,
            int reservedShuffleId,
            ShuffleCounters counters)
            throws IOException {
        ClosingStack parts = new ClosingStack();
        try {
            return new ShuffleRuntime(config, env, resolver, reservedShuffleId, counters, parts);
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** A new card for the peer that asks; without transports when there are too many sessions already. */
    public ByteBuffer card() {
        Optional<SessionCredentials> session = sessions.issue();
        if (session.isEmpty()) {
            return cardWithoutTransports(applicationId, executorId);
        }
        counters.increment(ShuffleCounter.SESSIONS_ISSUED);
        return new Card(Message.PROTOCOL_VERSION, applicationId, executorId, incarnation, session.get(), addresses)
                .encode();
    }

    /** The card of an executor whose blocks can be had from Spark's own block server only. */
    public static ByteBuffer cardWithoutTransports(SparkEnv env) {
        return cardWithoutTransports(env.conf().getAppId(), env.executorId());
    }

    private static ByteBuffer cardWithoutTransports(String applicationId, String executorId) {
        UUID none = new UUID(0, 0);
        SessionCredentials noSession = new SessionCredentials(none, new byte[SessionCredentials.KEY_BYTES]);
        return new Card(Message.PROTOCOL_VERSION, applicationId, executorId, none, noSession, List.of()).encode();
    }

    public PeerDirectory peers() {
        return peers;
    }

    /** Runs what may wait for a connection; refuses when the runtime is closed. */
    public Executor background() {
        return background;
    }

    /** The files of this shuffle have been deleted. */
    public void forgetShuffle(int shuffleId) {
        mapOutputs.invalidateShuffle(shuffleId);
    }

    /** Closes everything; blocks that are still being fetched fail. Harmless when repeated. */
    @Override
    public void close() {
        parts.close();
        LOG.info("Executor {} has shut its transports down after {}", executorId, counters);
    }

    private void register(MetricsSystem metrics, Source source) {
        metrics.registerSource(source);
        parts.add(() -> metrics.removeSource(source));
    }
}

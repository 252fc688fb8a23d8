package io.sparkefa.spark;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.shuffle.FileMappings;
import io.sparkefa.shuffle.MapOutputStore;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.StorageUtils$;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin's side of one executor: its transports, its server and its client, the memory they use, the peers it knows.
 * Thread-safe. Owns all of it.
 */
public final class ShuffleRuntime implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ShuffleRuntime.class);

    /** Requests and connections time out with this precision. */
    private static final long TICK_MS = 1_000;

    /** How often is looked for what is idle. */
    private static final long IDLE_CHECK_MS = 10_000;

    private static final long CLOSE_NS = TimeUnit.SECONDS.toNanos(5);

    private final String applicationId;
    private final ExecutorIdentity self;
    private final ShuffleCounters counters;
    private final MapOutputStore mapOutputs;
    private final SessionRegistry sessions;
    private final List<Transport> transports;
    private final PeerDirectory peers;
    private final RuntimeThreads threads;
    private final ClosingStack parts;

    private ShuffleRuntime(
            ShuffleConfig config,
            SparkEnv env,
            IndexShuffleBlockResolver resolver,
            int reservedShuffleId,
            ShuffleCounters counters,
            TransportSet.Opener opener,
            String note,
            ClosingStack parts)
            throws IOException {
        this.applicationId = env.conf().getAppId();
        this.self = ExecutorIdentity.newborn(env.executorId());
        this.counters = counters;
        this.parts = parts;
        BlockManager blockManager = env.blockManager();
        RuntimeSettings settings = RuntimeSettings.of(
                config, env.conf(), blockManager.blockManagerId().host(), new LocalMachine());
        LongSupplier nanoClock = System::nanoTime;

        // Closed in reverse: what uses something else comes after it.
        TransportSet set = opener.open(settings, counters, parts);
        BufferPool receive = parts.add(new BufferPool("receive", settings.receiveBytes(), set.receiveMemory()));
        BufferPool staging =
                parts.add(new BufferPool("staging", settings.server().maxStagingBytes(), set.servingMemory()));
        FileMappings mappings = new FileMappings(settings.maxMappedBytes(), StorageUtils$.MODULE$::dispose);
        mapOutputs = parts.add(new MapOutputStore(
                new SparkMapOutputFiles(resolver),
                settings.server().indexCacheBytes(),
                settings.maxOpenFiles(),
                mappings,
                settings.server().idleTimeout().toNanos()));
        sessions = new SessionRegistry(
                self,
                settings.server().maxSessions(),
                settings.server().idleTimeout().toNanos(),
                nanoClock);
        threads = parts.add(new RuntimeThreads());
        transports = set.transports();
        ClosingTogether running = parts.add(new ClosingTogether());
        TransferServer server = new TransferServer(mapOutputs, staging, sessions, settings.transfer(), counters);
        Map<String, TransferClient> clients = new LinkedHashMap<>();
        for (Transport transport : transports) {
            running.add(transport).start(self, sessions, server);
            clients.put(
                    transport.name(),
                    parts.add(new TransferClient(
                            transport, receive, threads.disk(), settings.transfer(), counters, nanoClock)));
        }
        Optional<ExecutorLocator> locator = blockManager.externalShuffleServiceEnabled()
                ? Optional.of(ExecutorLocator.asking(blockManager.master(), nanoClock))
                : Optional.empty();
        PeerFinder finder = new SparkPeerFinder(
                applicationId, reservedShuffleId, blockManager.blockTransferService(), locator, clients);
        peers = parts.add(new PeerDirectory(finder, settings.peers(), threads.background(), counters, nanoClock));
        threads.every(
                TICK_MS,
                "watching timeouts",
                () -> clients.values().forEach(client -> client.tick(nanoClock.getAsLong())));
        threads.every(TICK_MS, "watching peers", peers::housekeep);
        threads.every(IDLE_CHECK_MS, "giving back what is idle", () -> {
            mapOutputs.closeIdle(nanoClock.getAsLong());
            sessions.forgetUnopened();
            receive.trim();
            staging.trim();
        });
        Map<String, LongSupplier> levels = new HashMap<>(set.levels());
        levels.put("memory.leasedBytes", receive::leasedBytes);
        levels.put("memory.allocatedBytes", receive::allocatedBytes);
        levels.put("staging.leasedBytes", staging::leasedBytes);
        levels.put("staging.allocatedBytes", staging::allocatedBytes);
        levels.put("server.mappedBytes", mappings::mappedBytes);
        levels.put("peers.known", peers::size);
        levels.put(
                "sessions.open",
                () -> clients.values().stream()
                        .mapToLong(TransferClient::sessionCount)
                        .sum());
        register(env.metricsSystem(), new EfaShuffleSource(counters, levels));
        String names = transports.stream().map(Transport::toString).collect(Collectors.joining(" and "));
        LOG.info(
                "Executor {} serves shuffle blocks over {}; {}{}", self.executorId(), names, settings.describe(), note);
    }

    /**
     * Opens everything; with EFA, if that is wanted and there.
     *
     * @param resolver says where map outputs are
     * @param reservedShuffleId under which peers answer with their cards
     * @param counters outlive the runtime
     * @throws IOException when a transport cannot be opened; nothing stays open then
     * @throws EfaUnavailableException when that is EFA, and it is required
     */
    public static ShuffleRuntime start(
            ShuffleConfig config,
            SparkEnv env,
            IndexShuffleBlockResolver resolver,
            int reservedShuffleId,
            ShuffleCounters counters)
            throws IOException {
        EfaDecision efa = EfaDecision.of(config, env.conf());
        if (efa.libfabric().isPresent()) {
            Libfabric libfabric = efa.libfabric().get();
            TransportSet.Opener both =
                    (settings, counted, parts) -> TransportSet.efaAndSockets(libfabric, settings, counted, parts);
            try {
                return open(config, env, resolver, reservedShuffleId, counters, both, "");
            } catch (IOException | RuntimeException e) {
                LOG.debug("EFA cannot be used", e);
                efa = EfaDecision.refused(config, String.valueOf(e.getMessage()));
            }
        }
        efa.check();
        String note = efa.refusal().map(why -> "; EFA is not used: " + why).orElse("");
        return open(config, env, resolver, reservedShuffleId, counters, TransportSet::sockets, note);
    }

    /** @param note ends the line in the log that says what was opened */
    static ShuffleRuntime open(
            ShuffleConfig config,
            SparkEnv env,
            IndexShuffleBlockResolver resolver,
            int reservedShuffleId,
            ShuffleCounters counters,
            TransportSet.Opener opener,
            String note)
            throws IOException {
        ClosingStack parts = new ClosingStack();
        try {
            return new ShuffleRuntime(config, env, resolver, reservedShuffleId, counters, opener, note, parts);
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** A new card for the peer that asks; without transports when there are too many sessions already. */
    public ByteBuffer card() {
        Optional<SessionCredentials> session = sessions.issue();
        if (session.isEmpty()) {
            return cardWithoutTransports(applicationId, self.executorId());
        }
        counters.increment(ShuffleCounter.SESSIONS_ISSUED);
        List<TransportAddress> addresses = transports.stream()
                .flatMap(transport -> transport.address().stream())
                .toList();
        return new Card(Message.PROTOCOL_VERSION, applicationId, session.get(), addresses).encode();
    }

    /** The card of an executor whose blocks can be had from Spark's own block server only. */
    public static ByteBuffer cardWithoutTransports(SparkEnv env) {
        return cardWithoutTransports(env.conf().getAppId(), env.executorId());
    }

    private static ByteBuffer cardWithoutTransports(String applicationId, String executorId) {
        UUID none = new UUID(0, 0);
        SessionCredentials noSession = new SessionCredentials(
                none, new byte[SessionCredentials.KEY_BYTES], new ExecutorIdentity(executorId, none));
        return new Card(Message.PROTOCOL_VERSION, applicationId, noSession, List.of()).encode();
    }

    public PeerDirectory peers() {
        return peers;
    }

    /** Runs what may wait for a connection; refuses when the runtime is closed. */
    public Executor background() {
        return threads.background();
    }

    /** The files of this shuffle have been deleted. */
    public void forgetShuffle(int shuffleId) {
        mapOutputs.invalidateShuffle(shuffleId);
    }

    /**
     * Closes everything; blocks that are still being fetched fail. Takes 5 s at most: the longest that a transport takes, or what is
     * left of it for downloads that are being written. Harmless when repeated.
     */
    @Override
    public void close() {
        threads.endBy(System.nanoTime() + CLOSE_NS);
        parts.close();
        LOG.info("Executor {} has shut its transports down after {}", self.executorId(), counters);
    }

    private void register(MetricsSystem metrics, Source source) {
        metrics.registerSource(source);
        parts.add(() -> metrics.removeSource(source));
    }
}

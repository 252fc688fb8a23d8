package io.sparkefa.spark;

import io.sparkefa.config.ChecksumMode;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.transfer.TransferSettings;
import io.sparkefa.transport.efa.EfaSettings;
import io.sparkefa.transport.socket.SocketSettings;
import java.time.Duration;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/**
 * The settings of all parts of an executor's runtime: the plugin's own, with what is left to it worked out from Spark's and
 * from the machine.
 *
 * @param receiveBytes bound of the memory for fetched blocks
 * @param maxOpenFiles how many map outputs are kept open
 * @param maxMappedBytes how much of them is mapped
 * @param encryptedBy which of Spark's settings has payload encrypted; nothing when none does
 */
record RuntimeSettings(
        long receiveBytes,
        int maxOpenFiles,
        long maxMappedBytes,
        Optional<String> encryptedBy,
        ShuffleConfig.Server server,
        EfaSettings efa,
        SocketSettings sockets,
        TransferSettings transfer,
        PeerSettings peers) {

    /** What the system says about the machine. */
    interface Machine {

        int processors();

        /** The most direct memory that this JVM may have, in bytes. */
        long maxDirectMemoryBytes();

        /** Memory of the machine or of the container, in bytes. */
        long memoryBytes();

        /** How many files and sockets this process may have open. */
        long maxDescriptors();

        /** Whether the address of this host is one of this machine's. */
        boolean hasAddress(String host);

        /** The most that this machine's network interface with this address carries, in Mbit/s; 0 when not known. */
        int linkMbps(String host);
    }

    /** What ENA gives one TCP flow outside of a placement group, in Mbit/s. */
    private static final int FLOW_MBPS = 5_000;

    private static final int MAX_FLOWS_WHEN_SPEED_UNKNOWN = 8;
    private static final int MAX_FLOWS_AUTO = 64;

    /** Each seals or opens some 2 GB a second, so that so many have enough for the fastest instances. */
    private static final int MAX_SEALING_THREADS = 16;

    private static final int MAX_OPEN_FILES_AUTO = 16_384;
    private static final long MAPPED_BYTES_ON_YARN = 64L << 20;

    /** @param host under which Spark knows this executor */
    static RuntimeSettings of(ShuffleConfig config, SparkConf conf, String host, Machine machine) {
        Duration connectionTimeout = Duration.ofSeconds(SparkSettings.connectionTimeoutSeconds(conf));
        return new RuntimeSettings(
                receiveBytes(config, conf, machine),
                config.server().maxOpenFiles().orElseGet(() -> openFiles(machine)),
                config.server().maxMappedBytes().orElseGet(() -> mappedBytes(conf, machine)),
                SparkSettings.encryptedBy(conf),
                config.server(),
                efa(config.fabric(), conf, machine),
                sockets(config, conf, host, machine, connectionTimeout),
                new TransferSettings(
                        config.fetch().maxInlineBytes(),
                        config.fetch().maxBlocksPerRequest(),
                        connectionTimeout.toNanos(),
                        config.memory().waitTimeout().toNanos(),
                        config.server().stagingBlockThresholdBytes(),
                        config.checksum() == ChecksumMode.ALWAYS,
                        config.server().maxWindowsPerSession()),
                new PeerSettings(
                        config.peer().connectTimeout().toNanos(),
                        connectionTimeout.toNanos(),
                        config.peer().idleTimeout().toNanos(),
                        config.peer().retryInterval().toNanos(),
                        config.peer().maxRetryInterval().toNanos()));
    }

    /** How much memory is registered with each EFA device, not counting buffers for messages. */
    static long registeredBytes(ShuffleConfig config, SparkConf conf, Machine machine) {
        return receiveBytes(config, conf, machine)
                + config.server().maxStagingBytes()
                + config.fabric().chunkMemoryBytes();
    }

    private static long receiveBytes(ShuffleConfig config, SparkConf conf, Machine machine) {
        return config.memory().maxBytes().orElseGet(() -> receiveBytes(conf, machine));
    }

    /**
     * Twice what all tasks together have in flight: what was received and is being read, and what is under way. But no less
     * than the largest request that Spark would keep in memory, with some room for rounding.
     */
    private static long receiveBytes(SparkConf conf, Machine machine) {
        long inFlightBytes = conf.getSizeAsMb("spark.reducer.maxSizeInFlight", "48m") << 20;
        long largestRequestBytes = conf.getSizeAsBytes("spark.network.maxRemoteBlockSizeFetchToMem", "200m");
        long wanted = Math.max(
                2 * inFlightBytes * SparkSettings.taskSlots(conf, machine.processors()),
                largestRequestBytes + largestRequestBytes / 8);
        return Math.max(1 << 20, Math.min(wanted, machine.maxDirectMemoryBytes() / 2));
    }

    private static int openFiles(Machine machine) {
        return (int) Math.min(MAX_OPEN_FILES_AUTO, machine.maxDescriptors() / 2);
    }

    private static long mappedBytes(SparkConf conf, Machine machine) {
        return SparkSettings.runsOnYarn(conf) ? MAPPED_BYTES_ON_YARN : machine.memoryBytes() / 4;
    }

    private static EfaSettings efa(ShuffleConfig.Fabric fabric, SparkConf conf, Machine machine) {
        EfaSettings settings = efa(fabric);
        return SparkSettings.encryptedBy(conf).isPresent()
                ? settings.withEncryption(Math.max(2, Math.min(MAX_SEALING_THREADS, machine.processors() / 2)))
                : settings;
    }

    private static EfaSettings efa(ShuffleConfig.Fabric fabric) {
        EfaSettings defaults = EfaSettings.defaults();
        return new EfaSettings(
                fabric.provider(),
                fabric.library(),
                fabric.maxRails().orElse(defaults.maxRails()),
                fabric.chunkBytes(),
                fabric.chunkMemoryBytes(),
                defaults.hugePages(),
                defaults.queues(),
                defaults.patience().withPeerTimeout(fabric.peerTimeout()),
                defaults.waiting(),
                defaults.serverThreads(),
                false);
    }

    private static SocketSettings sockets(
            ShuffleConfig config, SparkConf conf, String host, Machine machine, Duration connectionTimeout) {
        ShuffleConfig.Sockets sockets = config.sockets();
        SocketSettings defaults = SocketSettings.defaults();
        @Nullable String bindHost = sockets.bindAddress().orElse(machine.hasAddress(host) ? host : null);
        int maxFlows = sockets.maxFlows().orElseGet(() -> maxFlows(machine.linkMbps(host)));
        return defaults.withBinding(bindHost, sockets.port(), conf.getInt("spark.port.maxRetries", 16))
                .withFlows(
                        sockets.threads().orElse(defaults.loopThreads()),
                        Math.min(sockets.initialFlows(), maxFlows),
                        maxFlows,
                        sockets.stripeBytes())
                .withTimeouts(
                        sockets.flowIdleTimeout(),
                        sockets.flowStallTimeout(),
                        config.peer().connectTimeout(),
                        defaults.handshakeTimeout(),
                        defaults.sessionLinger(),
                        connectionTimeout)
                .withEncryption(SparkSettings.encryptedBy(conf).isPresent());
    }

    private static int maxFlows(int linkMbps) {
        return linkMbps <= 0
                ? MAX_FLOWS_WHEN_SPEED_UNKNOWN
                : Math.min(MAX_FLOWS_AUTO, (linkMbps + FLOW_MBPS - 1) / FLOW_MBPS);
    }

    /** For the log. */
    String describe() {
        String security = encryptedBy
                .map(key -> "payload is encrypted, since " + key + " is true")
                .orElse("payload is not encrypted");
        return ("%d to %d flows to a peer, %d threads, at most %d MiB of memory to receive and %d MiB to serve from; messages"
                        + " are authenticated, %s")
                .formatted(
                        sockets.initialFlows(),
                        sockets.maxFlows(),
                        sockets.loopThreads(),
                        receiveBytes >> 20,
                        server.maxStagingBytes() >> 20,
                        security);
    }
}

package io.sparkefa.config;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The plugin's settings, read once. Immutable. What is {@code auto} is empty here, and for the caller to work out.
 * {@link ConfigKeys} says what each setting means.
 */
public record ShuffleConfig(
        TransportChoice transport,
        Fabric fabric,
        Sockets sockets,
        Memory memory,
        Server server,
        Fetch fetch,
        ChecksumMode checksum,
        Peer peer) {

    /**
     * What EFA is reached through.
     *
     * @param library empty to have it looked for
     * @param maxRails empty for all that there are
     * @param chunkMemoryBytes not less than {@code chunkBytes}
     */
    public record Fabric(
            String provider,
            Optional<String> library,
            Optional<Integer> maxRails,
            int chunkBytes,
            long chunkMemoryBytes,
            Duration peerTimeout) {}

    /**
     * @param initialFlows not more than {@code maxFlows}, if that is given
     * @param maxFlows empty to have it follow from the speed of the network
     */
    public record Sockets(
            int port,
            Optional<String> bindAddress,
            int initialFlows,
            Optional<Integer> maxFlows,
            Optional<Integer> threads,
            int stripeBytes,
            Duration flowIdleTimeout,
            Duration flowStallTimeout) {}

    /** @param maxBytes empty to have it follow from what Spark has in flight */
    public record Memory(Optional<Long> maxBytes, Duration waitTimeout) {}

    public record Server(
            long maxStagingBytes,
            int stagingBlockThresholdBytes,
            long indexCacheBytes,
            Optional<Integer> maxOpenFiles,
            Optional<Long> maxMappedBytes,
            Duration idleTimeout,
            int maxSessions,
            int maxWindowsPerSession) {}

    public record Fetch(int maxInlineBytes, int maxBlocksPerRequest) {}

    /** @param retryInterval not longer than {@code maxRetryInterval} */
    public record Peer(
            Duration connectTimeout, Duration idleTimeout, Duration retryInterval, Duration maxRetryInterval) {}

    /**
     * Reads and checks all settings.
     *
     * @param lookup the value of a setting, if it was set
     * @param presentKeys the names of everything that was set, in which misspelt names are looked for
     * @throws ConfigException when a value is not allowed, or a name with the plugin's prefix is not known
     */
    public static ShuffleConfig read(Function<String, Optional<String>> lookup, Set<String> presentKeys) {
        UnknownKeys.refuse(presentKeys);
        return new ShuffleConfig(
                ConfigKeys.TRANSPORT.read(lookup),
                fabric(lookup),
                sockets(lookup),
                new Memory(ConfigKeys.MEMORY_MAX.read(lookup), ConfigKeys.MEMORY_WAIT_TIMEOUT.read(lookup)),
                server(lookup),
                new Fetch(
                        Math.toIntExact(ConfigKeys.FETCH_INLINE_MAX.read(lookup)),
                        ConfigKeys.FETCH_MAX_BLOCKS_PER_REQUEST.read(lookup)),
                ConfigKeys.CHECKSUM.read(lookup),
                peer(lookup));
    }

    /** What holds when nothing is set. */
    public static ShuffleConfig defaults() {
        return read(key -> Optional.empty(), Set.of());
    }

    private static Fabric fabric(Function<String, Optional<String>> lookup) {
        int chunkBytes = Math.toIntExact(ConfigKeys.FABRIC_CHUNK.read(lookup));
        return new Fabric(
                ConfigKeys.FABRIC_PROVIDER.read(lookup),
                ConfigKeys.FABRIC_LIBRARY.read(lookup),
                ConfigKeys.FABRIC_MAX_RAILS.read(lookup),
                chunkBytes,
                Math.max(chunkBytes, ConfigKeys.FABRIC_CHUNK_MEMORY.read(lookup)),
                ConfigKeys.FABRIC_PEER_TIMEOUT.read(lookup));
    }

    private static Sockets sockets(Function<String, Optional<String>> lookup) {
        int initialFlows = ConfigKeys.SOCKETS_FLOWS_INITIAL.read(lookup);
        Optional<Integer> maxFlows = ConfigKeys.SOCKETS_FLOWS_MAX.read(lookup);
        return new Sockets(
                ConfigKeys.SOCKETS_PORT.read(lookup),
                ConfigKeys.SOCKETS_BIND_ADDRESS.read(lookup),
                maxFlows.map(max -> Math.min(initialFlows, max)).orElse(initialFlows),
                maxFlows,
                ConfigKeys.SOCKETS_THREADS.read(lookup),
                Math.toIntExact(ConfigKeys.SOCKETS_STRIPE.read(lookup)),
                ConfigKeys.SOCKETS_FLOW_IDLE_TIMEOUT.read(lookup),
                ConfigKeys.SOCKETS_FLOW_STALL_TIMEOUT.read(lookup));
    }

    private static Server server(Function<String, Optional<String>> lookup) {
        return new Server(
                ConfigKeys.SERVER_STAGING_MAX.read(lookup),
                Math.toIntExact(ConfigKeys.SERVER_STAGING_BLOCK_THRESHOLD.read(lookup)),
                ConfigKeys.SERVER_INDEX_CACHE.read(lookup),
                ConfigKeys.SERVER_OPEN_FILES.read(lookup),
                ConfigKeys.SERVER_MAPPED_MAX.read(lookup),
                ConfigKeys.SERVER_IDLE_TIMEOUT.read(lookup),
                ConfigKeys.SERVER_MAX_SESSIONS.read(lookup),
                ConfigKeys.SERVER_MAX_WINDOWS_PER_SESSION.read(lookup));
    }

    private static Peer peer(Function<String, Optional<String>> lookup) {
        Duration retryInterval = ConfigKeys.PEER_RETRY_INTERVAL.read(lookup);
        Duration maxRetryInterval = ConfigKeys.PEER_RETRY_INTERVAL_MAX.read(lookup);
        return new Peer(
                ConfigKeys.PEER_CONNECT_TIMEOUT.read(lookup),
                ConfigKeys.PEER_IDLE_TIMEOUT.read(lookup),
                retryInterval.compareTo(maxRetryInterval) < 0 ? retryInterval : maxRetryInterval,
                maxRetryInterval);
    }
}

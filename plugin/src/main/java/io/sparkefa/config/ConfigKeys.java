package io.sparkefa.config;

import static io.sparkefa.config.ValueType.choice;
import static io.sparkefa.config.ValueType.number;
import static io.sparkefa.config.ValueType.size;
import static io.sparkefa.config.ValueType.text;
import static io.sparkefa.config.ValueType.time;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Every setting of the plugin. */
public final class ConfigKeys {

    /** What the names of all keys begin with. */
    public static final String PREFIX = "spark.shuffle.efa.";

    private static final List<ConfigKey<?>> DECLARED = new ArrayList<>();

    public static final ConfigKey<TransportChoice> TRANSPORT = basic(
            "transport",
            choice(TransportChoice.class),
            "auto",
            "Over what executors fetch shuffle blocks from each other: EFA, without which the job fails (efa), parallel TCP flows"
                    + " (sockets), or only Spark's own client (netty), which turns the plugin off; auto takes the fastest"
                    + " that works between each two executors.");

    // ---- EFA

    public static final ConfigKey<String> FABRIC_PROVIDER = advanced(
            "fabric.provider",
            text("the name of a libfabric provider"),
            "efa",
            "The libfabric provider behind the transport efa; others than efa are there for tests.");

    public static final ConfigKey<Optional<String>> FABRIC_LIBRARY = basic(
            "fabric.library",
            text("the path of a file").orAuto(),
            "auto",
            "Where libfabric.so.1 is; auto looks where the EFA installer and Linux distributions put it.");

    public static final ConfigKey<Optional<Integer>> FABRIC_MAX_RAILS = advanced(
            "fabric.maxRails",
            number(1, 32).orAuto(),
            "auto",
            "How many of the instance's EFA devices an executor uses; auto uses all.");

    public static final ConfigKey<Long> FABRIC_CHUNK =
            advanced("fabric.chunk", size("64k", "1m"), "1m", "The most bytes that one remote read asks for.");

    public static final ConfigKey<Long> FABRIC_CHUNK_MEMORY = basic(
            "fabric.chunkMemory",
            size("4m", "1024g"),
            "64m",
            "The registered memory of an executor into which it reads its files, chunk by chunk, for peers that fetch over"
                    + " EFA; when it is in use, further chunks wait.");

    public static final ConfigKey<Duration> FABRIC_PEER_TIMEOUT = advanced(
            "fabric.peerTimeout",
            time("1s", "1h"),
            "30s",
            "A peer that gives no sign of life over EFA for so long counts as gone, and its blocks come over TCP.");

    // ---- sockets

    public static final ConfigKey<Integer> SOCKETS_PORT = basic(
            "sockets.port",
            number(0, 65535),
            "0",
            "The TCP port on which an executor serves blocks; when it is taken, the next ones are tried as often as"
                    + " spark.port.maxRetries says, and 0 takes any free port.");

    public static final ConfigKey<Optional<String>> SOCKETS_BIND_ADDRESS = basic(
            "sockets.bindAddress",
            text("an address of this host").orAuto(),
            "auto",
            "The address on which an executor serves blocks; auto takes the host that Spark advertises for the executor, or all"
                    + " addresses when that is none of this machine's.");

    public static final ConfigKey<Integer> SOCKETS_FLOWS_INITIAL = advanced(
            "sockets.flows.initial",
            number(1, 64),
            "2",
            "How many TCP flows a busy connection to a peer starts with, if sockets.flows.max allows as many.");

    public static final ConfigKey<Optional<Integer>> SOCKETS_FLOWS_MAX = basic(
            "sockets.flows.max",
            number(1, 64).orAuto(),
            "auto",
            "The most TCP flows to one peer; auto divides the network interface's speed by the 5 Gbps to which EC2 limits one"
                    + " flow, and takes 8 where the speed is not known.");

    public static final ConfigKey<Optional<Integer>> SOCKETS_THREADS = advanced(
            "sockets.threads",
            number(1, 64).orAuto(),
            "auto",
            "How many threads move the bytes of all TCP flows of an executor; auto depends on its processors.");

    public static final ConfigKey<Long> SOCKETS_STRIPE = advanced(
            "sockets.stripe",
            size("16k", "16m"),
            "512k",
            "The most bytes that are asked for over one TCP flow at a time.");

    public static final ConfigKey<Duration> SOCKETS_FLOW_IDLE_TIMEOUT = advanced(
            "sockets.flow.idleTimeout",
            time("1s", "1d"),
            "60s",
            "A TCP flow that is not used for so long is closed, unless it is the last one to its peer.");

    public static final ConfigKey<Duration> SOCKETS_FLOW_STALL_TIMEOUT = advanced(
            "sockets.flow.stallTimeout",
            time("1s", "1h"),
            "15s",
            "A TCP flow that owes bytes and delivers none for so long counts as dead, and its work goes to the others.");

    // ---- memory

    public static final ConfigKey<Optional<Long>> MEMORY_MAX = basic(
            "memory.max",
            size("1m", "1024g").orAuto(),
            "auto",
            "The most direct memory of an executor for blocks that it fetches; auto takes twice"
                    + " spark.reducer.maxSizeInFlight for each task that can run at a time, or somewhat more than"
                    + " spark.network.maxRemoteBlockSizeFetchToMem if that is larger, but no more than half of the JVM's"
                    + " -XX:MaxDirectMemorySize.");

    public static final ConfigKey<Duration> MEMORY_WAIT_TIMEOUT = advanced(
            "memory.waitTimeout",
            time("0ms", "1h"),
            "1s",
            "How long a request waits for that memory before it goes through Spark's own client instead.");

    // ---- server

    public static final ConfigKey<Long> SERVER_STAGING_MAX = advanced(
            "server.staging.max",
            size("1m", "1024g"),
            "64m",
            "The most direct memory of an executor into which it reads blocks before they are fetched; when it is used up,"
                    + " blocks are sent from their files.");

    public static final ConfigKey<Long> SERVER_STAGING_BLOCK_THRESHOLD = advanced(
            "server.staging.blockThreshold",
            size("0", "16m"),
            "16k",
            "Ranges of a map output that are shorter than this are read into memory first, and longer ones are sent from the"
                    + " file.");

    public static final ConfigKey<Long> SERVER_INDEX_CACHE = advanced(
            "server.indexCache",
            size("0", "64g"),
            "32m",
            "The most heap memory of an executor for the indexes of its map outputs, of which each takes 8 bytes for each reduce"
                    + " partition.");

    public static final ConfigKey<Optional<Integer>> SERVER_OPEN_FILES = advanced(
            "server.openFiles",
            number(0, 1_000_000).orAuto(),
            "auto",
            "How many map outputs an executor keeps open for the next request; auto takes half of the process's limit of"
                    + " open files, but no more than 16384.");

    public static final ConfigKey<Optional<Long>> SERVER_MAPPED_MAX = advanced(
            "server.mapped.max",
            size("0", "1024g").orAuto(),
            "auto",
            "How much of its open map outputs an executor maps into its address space, which makes serving them cheaper; auto"
                    + " takes a quarter of the memory that the machine or container has, but on YARN, which counts the pages"
                    + " that are used as the executor's own memory, 64m.");

    public static final ConfigKey<Duration> SERVER_IDLE_TIMEOUT = advanced(
            "server.idleTimeout",
            time("1s", "1d"),
            "60s",
            "After this time without use an executor closes the files of its map outputs, and forgets sessions that a peer asked"
                    + " for and never opened.");

    public static final ConfigKey<Integer> SERVER_MAX_SESSIONS = advanced(
            "server.maxSessions",
            number(1, 1_000_000),
            "10000",
            "How many sessions of peers an executor accepts; further ones fetch through Spark's own client.");

    public static final ConfigKey<Integer> SERVER_MAX_WINDOWS_PER_SESSION = advanced(
            "server.maxWindowsPerSession",
            number(1, 1_000_000),
            "4096",
            "How many answers a peer may leave unread before its next request is refused.");

    // ---- fetch

    public static final ConfigKey<Long> FETCH_INLINE_MAX = advanced(
            "fetch.inlineMax",
            size("0", "64k"),
            "16k",
            "Answers up to this length come at once, and longer ones when the reader has made room for them.");

    public static final ConfigKey<Integer> FETCH_MAX_BLOCKS_PER_REQUEST = advanced(
            "fetch.maxBlocksPerRequest",
            number(1, 16_384),
            "4096",
            "The most blocks that one message asks for; requests for more are split.");

    public static final ConfigKey<ChecksumMode> CHECKSUM = advanced(
            "checksum",
            choice(ChecksumMode.class),
            "auto",
            "Which blocks are checked by CRC32C on their way from disk to reader: those that pass through the server's memory"
                    + " anyway (auto), or all of them (always), for which the server reads long ones twice.");

    // ---- peer

    public static final ConfigKey<Duration> PEER_CONNECT_TIMEOUT = advanced(
            "peer.connectTimeout",
            time("10ms", "1h"),
            "3s",
            "How long a connection to a peer may take to open over one transport before the next is tried, and how long"
                    + " requests wait for the peer to say how it can be reached before they go through Spark's own client.");

    public static final ConfigKey<Duration> PEER_IDLE_TIMEOUT = advanced(
            "peer.idleTimeout",
            time("1s", "30d"),
            "5min",
            "A connection to a peer from which nothing was fetched for so long is closed.");

    public static final ConfigKey<Duration> PEER_RETRY_INTERVAL = advanced(
            "peer.retryInterval",
            time("10ms", "1d"),
            "10s",
            "How long a transport to a peer is left alone after it failed, and the next one or Spark's own client takes its"
                    + " place; doubles with each failure in a row, up to peer.retryIntervalMax.");

    public static final ConfigKey<Duration> PEER_RETRY_INTERVAL_MAX = advanced(
            "peer.retryIntervalMax",
            time("10ms", "1d"),
            "5min",
            "The longest time that a transport to a peer is left alone.");

    private ConfigKeys() {}

    /** All keys, in the order of their declaration. */
    public static List<ConfigKey<?>> all() {
        return List.copyOf(DECLARED);
    }

    private static <T> ConfigKey<T> basic(String name, ValueType<T> type, String defaultValue, String doc) {
        return declare(new ConfigKey<>(PREFIX + name, type, defaultValue, "0.1.0", false, doc));
    }

    private static <T> ConfigKey<T> advanced(String name, ValueType<T> type, String defaultValue, String doc) {
        return declare(new ConfigKey<>(PREFIX + name, type, defaultValue, "0.1.0", true, doc));
    }

    private static <T> ConfigKey<T> declare(ConfigKey<T> key) {
        DECLARED.add(key);
        return key;
    }
}

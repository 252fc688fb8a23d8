package io.sparkefa.spark;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchedBlock;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.SessionRegistry;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.TransferServer;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;

/**
 * What it costs an executor to know many peers: heap, threads and descriptors for each, and the time of a first fetch from one
 * more. The peers are sessions of a few serving executors in another process; everything on the reader's side is what an
 * executor has, except that cards come from a list instead of Spark's block server.
 *
 * <p>Every peer is asked for a short block, whose answer brings the bytes, and a long one, which is read from a window.
 * Prints lines of words; those of the last one that begins with "result" are names and numbers, the times being those of a
 * first fetch when all peers are known. Ends the serving process.
 */
public final class KnownPeers {

    static final int SHORT_BLOCK_BYTES = 4 << 10;
    static final int LONG_BLOCK_BYTES = 128 << 10;

    private static final List<BlockKey> SHORT_BLOCK = List.of(new BlockKey(0, 0, 0, 1));
    private static final List<BlockKey> LONG_BLOCK = List.of(new BlockKey(0, 0, 1, 2));

    /** Peers met and forgotten before anything is measured, so that all code has been compiled. */
    private static final int WARM_UP = 1000;

    /** First fetches that are timed when few and when all peers are known. */
    private static final int TIMED = 100;

    private static final long TICK_MS = 200;
    private static final long IDLE_MS = 3000;

    private final Process server;
    private final BufferedReader serverSays;
    private final PrintStream askServer;
    private final byte[][] cards;
    private int nextPeer;

    private KnownPeers(String transport, int peers, int executors) throws IOException {
        int cardCount = WARM_UP + peers + TIMED;
        server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KnownPeersServer.class.getName(),
                        transport,
                        Integer.toString(cardCount),
                        Integer.toString(executors))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        serverSays = server.inputReader(StandardCharsets.UTF_8);
        askServer = new PrintStream(server.getOutputStream(), true, StandardCharsets.UTF_8);
        cards = new byte[cardCount][];
        for (int i = 0; i < cardCount; i++) {
            cards[i] = HexFormat.of().parseHex(serverSays.readLine());
        }
    }

    /** Arguments: {@code sockets} or a provider of libfabric, number of peers, number of serving executors, "classes" or nothing. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int peers = Integer.parseInt(args[1]);
        KnownPeers run = new KnownPeers(args[0], peers, Integer.parseInt(args[2]));
        try (ClosingStack parts = new ClosingStack()) {
            run.measure(args[0], peers, args.length > 3, parts);
        } finally {
            run.server.destroy();
            run.server.waitFor(20, TimeUnit.SECONDS);
        }
    }

    static RuntimeSettings settings(String transport) {
        SparkConf conf = conf(transport);
        return RuntimeSettings.of(SparkSettings.read(conf), conf, "127.0.0.1", new LocalMachine());
    }

    private static SparkConf conf(String transport) {
        SparkConf conf = new SparkConf(false).set("spark.executor.cores", "2");
        return transport.equals("sockets")
                ? conf
                : conf.set("spark.shuffle.efa.transport", "efa").set("spark.shuffle.efa.fabric.provider", transport);
    }

    static TransportSet open(String transport, RuntimeSettings settings, ShuffleCounters counters, ClosingStack parts)
            throws IOException {
        if (transport.equals("sockets")) {
            return TransportSet.sockets(settings, counters, parts);
        }
        SparkConf conf = conf(transport);
        EfaDecision efa = EfaDecision.of(SparkSettings.read(conf), conf);
        efa.check();
        return TransportSet.efaAndSockets(efa.libfabric().orElseThrow(), settings, counters, parts);
    }

    private void measure(String name, int peers, boolean classes, ClosingStack parts)
            throws IOException, InterruptedException {
        RuntimeSettings settings = settings(name);
        ShuffleCounters counters = new ShuffleCounters();
        TransportSet set = open(name, settings, counters, parts);
        BufferPool receive = parts.add(new BufferPool("receive", settings.receiveBytes(), set.receiveMemory()));
        BufferPool staging =
                parts.add(new BufferPool("staging", settings.server().maxStagingBytes(), set.servingMemory()));
        RuntimeThreads threads = parts.add(new RuntimeThreads());
        ExecutorIdentity self = ExecutorIdentity.newborn("reader");
        TransferServer nobodyAsks = new TransferServer(
                (shuffleId, mapId) -> {
                    throw new NoSuchFileException("this process serves nothing");
                },
                staging,
                new SessionRegistry(self, 1, 1, System::nanoTime),
                settings.transfer(),
                counters);
        Transport transport = parts.add(set.transports().get(0));
        transport.start(self, sessionId -> Optional.empty(), nobodyAsks);
        TransferClient client = parts.add(new TransferClient(
                transport, receive, threads.disk(), settings.transfer(), counters, System::nanoTime));
        threads.every(TICK_MS, "watching timeouts", () -> client.tick(System.nanoTime()));
        PeerFinder finder = new CardList(transport.name(), client);

        try (PeerDirectory warmUp =
                new PeerDirectory(finder, settings.peers(), threads.background(), counters, System::nanoTime)) {
            meet(warmUp, WARM_UP);
        }
        while (client.sessionCount() > 0) {
            Thread.onSpinWait();
        }
        PeerDirectory directory = parts.add(
                new PeerDirectory(finder, settings.peers(), threads.background(), counters, System::nanoTime));
        threads.every(TICK_MS, "watching peers", directory::housekeep);

        ProcessUse none = report("reader 0", ProcessUse.now());
        ask("server 0");
        Map<String, Long> before = classes ? ProcessUse.liveObjects() : Map.of();
        long idleBefore = idleCpuNs();
        long[] early = meet(directory, 10 + TIMED);
        int known = 10 + TIMED;
        ProcessUse all = none;
        for (int next : new int[] {Math.max(known, peers / 10), peers / 2, peers}) {
            meet(directory, next - known);
            known = next;
            all = report("reader " + known, ProcessUse.now());
            System.out.printf(
                    "each of %d: heap %.0f resident %.0f threads %.3f descriptors %.2f%n",
                    known,
                    (double) (all.heapBytes() - none.heapBytes()) / known,
                    (double) (all.residentBytes() - none.residentBytes()) / known,
                    (double) (all.threads() - none.threads()) / known,
                    (double) (all.descriptors() - none.descriptors()) / known);
        }
        ask("server " + known);
        if (classes) {
            printGrowth(before, ProcessUse.liveObjects(), known);
        }
        long[] late = meet(directory, TIMED);
        System.out.printf(
                "first fetch us: 11th %d p99 %d, %dth %d p99 %d%n",
                median(early) / 1000,
                percentile99(early) / 1000,
                peers + 1,
                median(late) / 1000,
                percentile99(late) / 1000);
        System.out.printf(
                "cpu of %d ms idle, ms: %d before, %d with all%n",
                IDLE_MS, idleBefore / 1_000_000, idleCpuNs() / 1_000_000);
        System.out.println(counters);
        System.out.printf(
                Locale.ROOT,
                "result HEAP_KIB_PER_PEER %.3f THREADS_PER_PEER %.4f P50_MS %.3f P99_MS %.3f%n",
                (double) (all.heapBytes() - none.heapBytes()) / known / 1024,
                (double) (all.threads() - none.threads()) / known,
                median(late) / 1e6,
                percentile99(late) / 1e6);
    }

    /** Fetches from so many peers more; how long the first fetch from each took, in nanoseconds. */
    private long[] meet(PeerDirectory directory, int count) {
        long[] tookNs = new long[count];
        for (int i = 0; i < count; i++) {
            // As Spark makes them for each request; nobody but the plugin keeps them.
            PeerAddress peer = new PeerAddress(Integer.toString(nextPeer), "127.0.0.1", 7337);
            nextPeer++;
            long startNs = System.nanoTime();
            fetch(directory, peer, SHORT_BLOCK);
            tookNs[i] = System.nanoTime() - startNs;
            fetch(directory, peer, LONG_BLOCK);
        }
        return tookNs;
    }

    private static void fetch(PeerDirectory directory, PeerAddress peer, List<BlockKey> blocks) {
        CompletableFuture<Void> fetched = new CompletableFuture<>();
        directory.use(peer, new PeerUser() {
            @Override
            public void onSession(PeerUse use) {
                use.session().fetch(blocks, new BlockSink() {
                    @Override
                    public void onBlock(int index, FetchedBlock block) {
                        block.release();
                        use.close();
                        fetched.complete(null);
                    }

                    @Override
                    public void onBlockMissing(int index, String reason) {
                        fetched.completeExceptionally(new IllegalStateException(reason));
                    }

                    @Override
                    public void onBlockFailed(int index, FetchException cause) {
                        fetched.completeExceptionally(cause);
                    }
                });
            }

            @Override
            public void onUnavailable(String reason) {
                fetched.completeExceptionally(new IllegalStateException(peer + ": " + reason));
            }
        });
        fetched.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static long idleCpuNs() throws InterruptedException, IOException {
        Thread.sleep(1000);
        long beforeNs = ProcessUse.cpuNsNow();
        Thread.sleep(IDLE_MS);
        return ProcessUse.cpuNsNow() - beforeNs;
    }

    private void ask(String what) throws IOException {
        askServer.println();
        System.out.println(what + ": " + serverSays.readLine());
    }

    private static ProcessUse report(String what, ProcessUse use) {
        System.out.println(what + ": " + use);
        return use;
    }

    private static void printGrowth(Map<String, Long> before, Map<String, Long> after, int peers) {
        Map<String, Long> growth = new TreeMap<>(after);
        before.forEach((name, bytes) -> growth.merge(name, -bytes, Long::sum));
        growth.entrySet().stream()
                .filter(entry -> entry.getValue() / peers > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(entry -> System.out.printf("%8d  %s%n", entry.getValue() / peers, entry.getKey()));
    }

    private static long median(long[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }

    private static long percentile99(long[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length * 99 / 100];
    }

    /** Has every peer's card at hand. */
    private final class CardList implements PeerFinder {

        private final List<String> transports;
        private final TransferClient client;

        CardList(String transport, TransferClient client) {
            this.transports = List.of(transport);
            this.client = client;
        }

        @Override
        public List<String> transports() {
            return transports;
        }

        @Override
        public void requestCard(PeerAddress peer, CardReceiver receiver) {
            try {
                receiver.onCard(Card.decode(ByteBuffer.wrap(cards[Integer.parseInt(peer.executorId())])));
            } catch (IOException e) {
                receiver.onNoCard(e);
            }
        }

        @Override
        public PeerSession openSession(PeerAddress peer, Card card, String transport, SessionListener listener) {
            return client.connect(peer.host(), card.transports().get(0), card.session(), listener);
        }
    }
}

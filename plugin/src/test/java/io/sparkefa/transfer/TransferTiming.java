package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.shuffle.FileMappings;
import io.sparkefa.shuffle.MapOutputFiles;
import io.sparkefa.shuffle.MapOutputStore;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.efa.EfaTestTransport;
import io.sparkefa.transport.efa.EfaTransports;
import io.sparkefa.transport.socket.SocketSettings;
import io.sparkefa.transport.socket.SocketTransport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Times fetches from a server in a process of its own, over {@code efa}, another of libfabric's providers, either of them encrypted
 * ({@code efa+encrypted}), or {@code sockets}:
 * {@code TransferTiming <transport> <folder in memory> <seconds for each case> <rounds> [case]...}. Counts the processor time of
 * both processes. Not a test.
 */
final class TransferTiming {

    private static final String ENCRYPTED = "+encrypted";
    private static final ExecutorIdentity SERVER = new ExecutorIdentity("server", new UUID(1, 1));
    private static final ExecutorIdentity READER = new ExecutorIdentity("reader", new UUID(2, 2));
    private static final long POOL_BYTES = 128 << 20;
    private static final long STAGING_BYTES = 64 << 20;
    private static final long REQUEST_BYTES = 48 << 20;

    /** As Spark asks: a fifth of {@code spark.reducer.maxSizeInFlight} a request, five at a time. */
    private static final int REQUESTS_IN_FLIGHT = 5;

    private static final TransferSettings SETTINGS = new TransferSettings(
            16 << 10, 4096, TimeUnit.SECONDS.toNanos(120), TimeUnit.SECONDS.toNanos(30), 64 << 10, false, 4096);

    /** Blocks of one length, in requests. */
    private record Case(String name, int blockBytes, int maps, int partitions, boolean byReducer) {

        static Case of(String name) {
            return switch (name) {
                case "256" -> new Case(name, 256, 400, 160, true);
                case "4k" -> new Case(name, 4 << 10, 400, 32, true);
                case "4k-runs" -> new Case(name, 4 << 10, 4, 3200, false);
                case "48k" -> new Case(name, 48 << 10, 200, 8, true);
                case "1m" -> new Case(name, 1 << 20, 20, 4, true);
                default -> throw new IllegalArgumentException("no case " + name);
            };
        }

        long firstMap() {
            return (long) blockBytes * 10_000 + (byReducer ? 0 : 5_000);
        }

        /** The blocks of all requests, one after the other: map by map, or reducer by reducer. */
        List<List<BlockKey>> requests() {
            List<BlockKey> all = new ArrayList<>();
            for (int outer = 0; outer < (byReducer ? partitions : maps); outer++) {
                for (int inner = 0; inner < (byReducer ? maps : partitions); inner++) {
                    int reduce = byReducer ? outer : inner;
                    all.add(new BlockKey(0, firstMap() + (byReducer ? inner : outer), reduce, reduce + 1));
                }
            }
            int perRequest = (int) Math.min(Math.max(1, REQUEST_BYTES / 5 / blockBytes), 4096);
            List<List<BlockKey>> requests = new ArrayList<>();
            for (int from = 0; from + perRequest <= all.size(); from += perRequest) {
                requests.add(List.copyOf(all.subList(from, from + perRequest)));
            }
            return requests;
        }
    }

    private TransferTiming() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("serve")) {
            serve(args[1], Path.of(args[2]));
            return;
        }
        List<String> cases = args.length > 4
                ? List.of(args).subList(4, args.length)
                : List.of("256", "4k", "4k-runs", "48k", "1m", "single", "idle");
        Folder folder = new Folder(Path.of(args[1]));
        for (String name : cases) {
            folder.write(Case.of(Character.isDigit(name.charAt(0)) ? name : "4k"));
        }
        try (Reader reader = new Reader(args[0], args[1])) {
            for (int round = 0; round < Integer.parseInt(args[3]); round++) {
                for (String name : cases) {
                    System.out.println(reader.time(name, Integer.parseInt(args[2])));
                }
            }
        }
    }

    /** Map outputs as Spark writes them. */
    private record Folder(Path path) implements MapOutputFiles {

        @Override
        public Path indexFile(int shuffleId, long mapId) {
            return path.resolve("shuffle_" + shuffleId + "_" + mapId + "_0.index");
        }

        @Override
        public Path dataFile(int shuffleId, long mapId) {
            return path.resolve("shuffle_" + shuffleId + "_" + mapId + "_0.data");
        }

        void write(Case data) throws IOException {
            ByteBuffer index = ByteBuffer.allocate((data.partitions() + 1) * Long.BYTES);
            while (index.hasRemaining()) {
                index.putLong((long) index.position() / Long.BYTES * data.blockBytes());
            }
            byte[] bytes = new byte[data.partitions() * data.blockBytes()];
            new SplittableRandom(data.blockBytes()).nextBytes(bytes);
            for (int map = 0; map < data.maps(); map++) {
                Files.write(indexFile(0, data.firstMap() + map), index.array());
                Files.write(dataFile(0, data.firstMap() + map), bytes);
            }
        }
    }

    private static TestExecutor open(String transport) {
        if (transport.equals("sockets")) {
            return TestExecutor.plain(new SocketTransport(
                    SocketSettings.defaults().withBinding("127.0.0.1", 0, 0), new ShuffleCounters()));
        }
        EfaTransports transports = transport.endsWith(ENCRYPTED)
                ? EfaTransports.encryptedOver(transport.substring(0, transport.length() - ENCRYPTED.length()))
                : EfaTransports.over(transport);
        EfaTestTransport efa = transports.open(POOL_BYTES, STAGING_BYTES);
        return new TestExecutor(efa, efa.receive, efa.staging, efa::closeDevices);
    }

    private static long cpuNs() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    // ---- the serving process: prints where it is, then its processor time whenever it is asked, until its input ends

    private static void serve(String transportName, Path folder) throws IOException {
        TestExecutor executor = open(transportName);
        BufferPool staging = new BufferPool("staging", STAGING_BYTES, executor.staging());
        SessionRegistry sessions = new SessionRegistry(SERVER, 100, TimeUnit.MINUTES.toNanos(1), System::nanoTime);
        MapOutputStore outputs = new MapOutputStore(
                new Folder(folder),
                32 << 20,
                512,
                new FileMappings(1 << 30, unused -> {}),
                TimeUnit.MINUTES.toNanos(1));
        TransferServer server = new TransferServer(outputs, staging, sessions, SETTINGS, new ShuffleCounters());
        TransportAddress address = executor.transport().start(SERVER, sessions, server);
        SessionCredentials credentials = sessions.issue().orElseThrow();
        PrintStream out = System.out;
        out.println(HexFormat.of().formatHex(address.encoded()) + " " + credentials.sessionId() + " "
                + HexFormat.of().formatHex(credentials.key()));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            out.println(cpuNs());
        }
        executor.transport().close();
        staging.close();
        executor.closeMemory().run();
        outputs.close();
    }

    // ---- the reading process

    private static final class Reader implements AutoCloseable {

        private final Process server;
        private final BufferedReader fromServer;
        private final TestExecutor executor;
        private final BufferPool memory;
        private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
        private final TransferClient client;
        private final PeerSession peer;

        Reader(String transportName, String folder) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), TransferTiming.class.getName()));
            command.addAll(List.of("serve", transportName, folder));
            server = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            fromServer = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
            String[] card = fromServer.readLine().split(" ");
            executor = open(transportName);
            memory = new BufferPool("receive", POOL_BYTES, executor.receive());
            TransferServer nothing = new TransferServer(
                    (shuffle, map) -> {
                        throw new IOException("nothing is served here");
                    },
                    new BufferPool("staging", 1 << 20, SlabSource.DIRECT),
                    new SessionRegistry(READER, 1, 1, System::nanoTime),
                    SETTINGS,
                    new ShuffleCounters());
            executor.transport().start(READER, sessionId -> Optional.empty(), nothing);
            client = new TransferClient(
                    executor.transport(), memory, Runnable::run, SETTINGS, new ShuffleCounters(), System::nanoTime);
            ticker.scheduleAtFixedRate(() -> client.tick(System.nanoTime()), 100, 100, TimeUnit.MILLISECONDS);
            CountDownLatch open = new CountDownLatch(1);
            peer = client.connect(
                    "127.0.0.1",
                    new TransportAddress(transport().name(), HexFormat.of().parseHex(card[0])),
                    new SessionCredentials(
                            UUID.fromString(card[1]), HexFormat.of().parseHex(card[2]), SERVER),
                    new SessionListener() {
                        @Override
                        public void onOpen() {
                            open.countDown();
                        }

                        @Override
                        public void onClosed(TransportException cause) {
                            System.err.println(cause);
                        }
                    });
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        private Transport transport() {
            return executor.transport();
        }

        private long serverCpuNs() throws IOException {
            server.getOutputStream().write('\n');
            server.getOutputStream().flush();
            return Long.parseLong(fromServer.readLine());
        }

        String time(String name, int seconds) throws IOException, InterruptedException {
            return switch (name) {
                case "single" -> timeSingle(seconds);
                case "idle" -> timeIdle(seconds);
                default -> timeRequests(Case.of(name), seconds);
            };
        }

        private String timeRequests(Case data, int seconds) throws IOException, InterruptedException {
            List<List<BlockKey>> requests = data.requests();
            Semaphore inFlight = new Semaphore(REQUESTS_IN_FLIGHT);
            AtomicLong failures = new AtomicLong();
            long readerCpuNs = -cpuNs();
            long serverCpuNs = -serverCpuNs();
            long startNs = System.nanoTime();
            long blocks = 0;
            for (int i = 0; System.nanoTime() - startNs < seconds * 1_000_000_000L; i++) {
                inFlight.acquire();
                List<BlockKey> request = requests.get(i % requests.size());
                blocks += request.size();
                peer.fetch(request, new CountingDown(request.size(), inFlight::release, failures));
            }
            inFlight.acquire(REQUESTS_IN_FLIGHT);
            double tookS = (System.nanoTime() - startNs) / 1e9;
            readerCpuNs += cpuNs();
            serverCpuNs += serverCpuNs();
            double bytes = (double) blocks * data.blockBytes();
            double bothNs = (double) readerCpuNs + serverCpuNs;
            return String.format(
                    Locale.ROOT,
                    "%-8s %6.2f GB/s %9.0f blocks/s  %6.3f CPU s/GB %7.2f us/block (reader %.2f, server %.2f) %d failed",
                    data.name(),
                    bytes / 1e9 / tookS,
                    blocks / tookS,
                    bothNs / bytes,
                    bothNs / 1e3 / blocks,
                    readerCpuNs / 1e3 / blocks,
                    serverCpuNs / 1e3 / blocks,
                    failures.get());
        }

        private String timeSingle(int seconds) throws InterruptedException {
            return single("back to back", 0, 20_000, seconds) + "\n"
                    + single("every 2 ms", 2_000_000, 20_000, seconds) + "\n"
                    + single("every 300 ms", 300_000_000, 20_000, seconds);
        }

        private String single(String name, long pauseNs, int most, int seconds) throws InterruptedException {
            Case data = Case.of("4k");
            long[] took = new long[most];
            int count = 0;
            AtomicLong failures = new AtomicLong();
            for (long endNs = System.nanoTime() + seconds * 1_000_000_000L;
                    count < most && System.nanoTime() - endNs < 0;
                    count++) {
                Semaphore done = new Semaphore(0);
                LockSupport.parkNanos(pauseNs);
                long startNs = System.nanoTime();
                peer.fetch(
                        List.of(new BlockKey(0, data.firstMap() + count % data.maps(), 0, 1)),
                        new CountingDown(1, done::release, failures));
                done.acquire();
                took[count] = System.nanoTime() - startNs;
            }
            Arrays.sort(took, 0, count);
            return String.format(
                    Locale.ROOT,
                    "single, %-13s p50 %8.1f us, p99 %8.1f us, of %d, %d failed",
                    name,
                    took[count / 2] / 1e3,
                    took[(int) (count * 0.99)] / 1e3,
                    count,
                    failures.get());
        }

        private String timeIdle(int seconds) throws IOException, InterruptedException {
            long readerCpuNs = -cpuNs();
            long serverCpuNs = -serverCpuNs();
            TimeUnit.SECONDS.sleep(seconds);
            readerCpuNs += cpuNs();
            serverCpuNs += serverCpuNs();
            return String.format(
                    Locale.ROOT,
                    "idle     reader %.3f %%, server %.3f %% of a core",
                    readerCpuNs / 1e7 / seconds,
                    serverCpuNs / 1e7 / seconds);
        }

        @Override
        public void close() throws IOException {
            client.close();
            transport().close();
            ticker.shutdownNow();
            server.getOutputStream().close();
            server.onExit().join();
            memory.close();
            executor.closeMemory().run();
        }
    }

    /** Lets blocks go as they come. */
    private static final class CountingDown implements BlockSink {

        private final AtomicLong left;
        private final Runnable onAll;
        private final AtomicLong failures;

        CountingDown(int blocks, Runnable onAll, AtomicLong failures) {
            this.left = new AtomicLong(blocks);
            this.onAll = onAll;
            this.failures = failures;
        }

        private void count() {
            if (left.decrementAndGet() == 0) {
                onAll.run();
            }
        }

        @Override
        public void onBlock(int index, FetchedBlock block) {
            block.release();
            count();
        }

        @Override
        public void onBlockMissing(int index, String reason) {
            failures.incrementAndGet();
            count();
        }

        @Override
        public void onBlockFailed(int index, FetchException cause) {
            failures.incrementAndGet();
            count();
        }
    }
}

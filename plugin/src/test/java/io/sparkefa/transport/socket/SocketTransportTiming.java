package io.sparkefa.transport.socket;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Times reads between two transports of one process over the loopback interface: {@code SocketTransportTiming <folder> <flows>
 * <stripe KiB> <loop threads> <read KiB> <reads in flight> <seconds> file|memory}. Not a test.
 */
final class SocketTransportTiming {

    private static final int WINDOW_BYTES = 256 << 20;

    private SocketTransportTiming() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int flows = Integer.parseInt(args[1]);
        int stripeBytes = Integer.parseInt(args[2]) << 10;
        int threads = Integer.parseInt(args[3]);
        int readBytes = Integer.parseInt(args[4]) << 10;
        int inFlight = Integer.parseInt(args[5]);
        int seconds = Integer.parseInt(args[6]);
        boolean fromFile = args[7].equals("file");
        SocketSettings settings =
                SocketSettings.defaults().withBinding("127.0.0.1", 0, 0).withFlows(threads, flows, flows, stripeBytes);
        Path path = Files.createTempFile(folder, "timing", ".data");
        try (FileChannel file = FileChannel.open(
                        path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
                TestPeer server = new TestPeer(new SocketTransport(settings, new ShuffleCounters()));
                TestPeer client = new TestPeer(new SocketTransport(settings, new ShuffleCounters()))) {
            fill(file);
            Reader reader = client.connect(server);
            ExposedWindow window = server.expose(
                    reader.atServer(),
                    fromFile ? TestWindow.ofFile(file, 0, WINDOW_BYTES) : TestWindow.ofMemory(WINDOW_BYTES));
            Load load = new Load(reader, window, readBytes, inFlight);
            load.run(2);
            System.out.println(load.run(seconds));
        }
    }

    private static void fill(FileChannel file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
        for (int written = 0; written < WINDOW_BYTES; written += block.capacity()) {
            file.write(block.clear());
        }
    }

    /** Keeps a number of reads in flight. */
    private static final class Load {

        private final Reader reader;
        private final ExposedWindow window;
        private final int readBytes;
        private final Semaphore permits;
        private final int inFlight;
        private final List<ByteBuffer> free = new ArrayList<>();
        private final AtomicLong failures = new AtomicLong();

        Load(Reader reader, ExposedWindow window, int readBytes, int inFlight) {
            this.reader = reader;
            this.window = window;
            this.readBytes = readBytes;
            this.inFlight = inFlight;
            this.permits = new Semaphore(inFlight);
            for (int i = 0; i < inFlight; i++) {
                free.add(ByteBuffer.allocateDirect(readBytes));
            }
        }

        String run(int seconds) throws InterruptedException {
            long startNs = System.nanoTime();
            long startCpuNs = cpuNs();
            long reads = 0;
            long offset = 0;
            while (System.nanoTime() - startNs < seconds * 1_000_000_000L) {
                permits.acquire();
                start(offset);
                offset = offset + 2L * readBytes <= WINDOW_BYTES ? offset + readBytes : 0;
                reads++;
            }
            permits.acquire(inFlight);
            permits.release(inFlight);
            double tookS = (System.nanoTime() - startNs) / 1e9;
            double gigabytes = reads * (double) readBytes / 1e9;
            return String.format(
                    "%.2f GB/s, %.3f CPU s/GB, %.0f reads/s, %d failed",
                    gigabytes / tookS, (cpuNs() - startCpuNs) / 1e9 / gigabytes, reads / tookS, failures.get());
        }

        private void start(long offset) {
            ByteBuffer destination;
            synchronized (free) {
                destination = free.remove(free.size() - 1);
            }
            reader.connection().read(window.descriptor(), offset, destination, new ReadCompletion() {
                @Override
                public void onRead() {
                    synchronized (free) {
                        free.add(destination);
                    }
                    permits.release();
                }

                @Override
                public void onReadFailed(TransportException cause) {
                    failures.incrementAndGet();
                    onRead();
                }
            });
        }

        private static long cpuNs() {
            return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                    .getProcessCpuTime();
        }
    }
}

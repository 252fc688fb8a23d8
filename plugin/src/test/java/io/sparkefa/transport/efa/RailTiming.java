package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Times two rails of one process: what an idle one costs, how long a message and its answer take, how fast reads are, and what
 * they allocate. Not a test: {@code java -cp … RailTiming efa}, with a provider that is installed.
 */
final class RailTiming {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int CHUNKS = 16;

    private RailTiming() {}

    public static void main(String[] args) throws Exception {
        String provider = args[0];
        FabricSupport support = FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0));
        if (!support.available()) {
            throw new IOException(support.unavailabilityCause().orElse(""));
        }
        EfaSettings settings = EfaSettings.defaults().withProvider(provider);
        try (Side here = new Side(support.libfabric(), settings);
                Side there = new Side(support.libfabric(), settings)) {
            System.out.println(here.devices.describe());
            here.meet(there);
            there.meet(here);
            idle();
            for (int round = 0; round < 3; round++) {
                answers(here, 2000);
                reads(here, there, CHUNK_BYTES, 2000);
                reads(here, there, 4096, 50_000);
            }
            idle();
        }
    }

    private static void idle() {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        while (deadlineNs - System.nanoTime() > 0) {
            LockSupport.parkNanos(deadlineNs - System.nanoTime());
        }
        long cpuBefore = railCpuNs();
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < 5_000_000_000L) {
            LockSupport.parkNanos(100_000_000);
        }
        double share = (double) (railCpuNs() - cpuBefore) / (System.nanoTime() - startNs) / 2;
        System.out.printf(Locale.ROOT, "idle: %.3f %% of a core for each rail%n", 100 * share);
    }

    private static void answers(Side here, int count) throws InterruptedException {
        long startNs = System.nanoTime();
        here.answers = new CountDownLatch(count);
        here.rail.execute(() -> here.ping());
        here.answers.await();
        System.out.printf(Locale.ROOT, "message and answer: %.1f us%n", (System.nanoTime() - startNs) / 1e3 / count);
    }

    private static void reads(Side here, Side there, int bytes, int count) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(count);
        long allocatedBefore = railAllocated();
        long cpuBefore = railCpuNs();
        long startNs = System.nanoTime();
        here.rail.execute(() -> {
            int[] left = {count};
            for (int slot = 0; slot < CHUNKS && left[0] > 0; slot++) {
                here.readAgain(there, slot, bytes, left, done);
            }
        });
        done.await();
        double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "reads of %d bytes: %.2f GB/s, %.0f per second, %.1f us of CPU and %d bytes allocated for each%n",
                bytes,
                count / seconds * bytes / 1e9,
                count / seconds,
                (railCpuNs() - cpuBefore) / 1e3 / count,
                (railAllocated() - allocatedBefore) / count);
    }

    private static long[] railThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("spark-efa-rail"))
                .mapToLong(Thread::getId)
                .toArray();
    }

    private static long railCpuNs() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(railThreads()).map(threads::getThreadCpuTime).sum();
    }

    private static long railAllocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(railThreads())
                .map(threads::getThreadAllocatedBytes)
                .sum();
    }

    private static final class Side implements Rail.Listener, Rail.Operation, AutoCloseable {

        final EfaDevices devices;
        final RegisteredMemory destination;
        final RegisteredMemory exposed;
        final Rail rail;
        private final ByteBuffer message = ByteBuffer.allocate(100);
        private long peer;
        volatile CountDownLatch answers = new CountDownLatch(0);

        Side(Libfabric libfabric, EfaSettings settings) throws IOException {
            devices = EfaDevices.open(libfabric, settings);
            destination = devices.allocate("reads", (long) CHUNKS * CHUNK_BYTES, Set.of(Access.READ));
            exposed = devices.allocate("windows", (long) CHUNKS * CHUNK_BYTES, Set.of(Access.REMOTE_READ));
            rail = new Rail(0, devices.device(0), settings, this, System::nanoTime);
            rail.start();
        }

        void meet(Side other) {
            byte[] address = other.rail.address().orElseThrow();
            CountDownLatch met = new CountDownLatch(1);
            rail.execute(() -> {
                try {
                    peer = rail.insertPeer(address);
                } catch (TransportException e) {
                    throw new AssertionError(e);
                }
                met.countDown();
            });
            Await.until("the peer to be known", () -> met.getCount() == 0);
        }

        void ping() {
            rail.send(peer, message, this);
        }

        void readAgain(Side from, int slot, int bytes, int[] left, CountDownLatch done) {
            left[0]--;
            rail.read(
                    peer,
                    from.exposed.remoteAddress(0, (long) slot * CHUNK_BYTES),
                    from.exposed.key(0),
                    destination,
                    (long) slot * CHUNK_BYTES,
                    bytes,
                    new Rail.Operation() {
                        @Override
                        public void onDone() {
                            done.countDown();
                            if (left[0] > 0) {
                                left[0]--;
                                rail.read(
                                        peer,
                                        from.exposed.remoteAddress(0, (long) slot * CHUNK_BYTES),
                                        from.exposed.key(0),
                                        destination,
                                        (long) slot * CHUNK_BYTES,
                                        bytes,
                                        this);
                            }
                        }

                        @Override
                        public void onFailed(RailFailure failure) {
                            failure.cause().printStackTrace();
                        }
                    });
        }

        @Override
        public void onMessage(ByteBuffer received) {
            CountDownLatch waiting = answers;
            if (waiting.getCount() > 0) {
                waiting.countDown();
                if (waiting.getCount() == 0) {
                    return;
                }
            }
            ping();
        }

        @Override
        public boolean isBeingRead() {
            return true;
        }

        @Override
        public void onTurnEnd() {}

        @Override
        public void onTick(long nowNs) {}

        @Override
        public void onDown(TransportException cause) {
            cause.printStackTrace();
        }

        @Override
        public void onUp() {}

        @Override
        public void onDone() {}

        @Override
        public void onFailed(RailFailure failure) {
            failure.cause().printStackTrace();
        }

        @Override
        public void close() throws IOException {
            rail.close();
            destination.close();
            exposed.close();
            devices.close();
        }
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A rail of a host of its own, with memory to read into and to be read from, and a record of what happened on it. */
final class TestRail implements Rail.Listener, AutoCloseable {

    static final int MEMORY_BYTES = 4 << 20;

    final EfaDevices devices;
    final RegisteredMemory destination;
    final RegisteredMemory exposed;
    final Rail rail;

    final Queue<byte[]> messages = new ConcurrentLinkedQueue<>();
    final Queue<String> downs = new ConcurrentLinkedQueue<>();
    final AtomicInteger ups = new AtomicInteger();
    final AtomicInteger turnEnds = new AtomicInteger();
    final AtomicLong ticks = new AtomicLong();
    /** How far the rail's clock is ahead. */
    final AtomicLong aheadNs = new AtomicLong();

    volatile Consumer<ByteBuffer> onMessage = message -> {};
    /** Callbacks that came on another thread than the rail's. */
    final AtomicInteger strays = new AtomicInteger();

    TestRail(Libfabric libfabric, EfaSettings settings) throws IOException {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            this.devices = EfaDevices.open(libfabric, settings);
            opened.add(devices);
            this.destination = devices.allocate("reads", MEMORY_BYTES, Set.of(Access.READ));
            opened.add(destination);
            this.exposed = devices.allocate("windows", MEMORY_BYTES, Set.of(Access.REMOTE_READ));
            opened.add(exposed);
            this.rail = new Rail(0, devices.device(0), settings, this, () -> System.nanoTime() + aheadNs.get());
            rail.start();
        } catch (IOException | RuntimeException | Error e) {
            closeAll(opened);
            throw e;
        }
    }

    /** Small buffers and queues, so that their ends are met. */
    static EfaSettings settings(String provider) {
        EfaSettings defaults = EfaSettings.defaults();
        return new EfaSettings(
                provider,
                defaults.libraryPath(),
                defaults.maxRails(),
                defaults.chunkBytes(),
                defaults.chunkMemoryBytes(),
                false,
                new EfaSettings.Queues(4096, 32, 16, 24),
                defaults.patience(),
                defaults.waiting(),
                1,
                false);
    }

    byte[] address() {
        return rail.address().orElseThrow();
    }

    /** Runs something on the rail's thread, and waits for it. */
    <T> T onRail(OnRail<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        rail.execute(() -> {
            try {
                result.complete(call.run());
            } catch (TransportException | RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        Await.until("a task to run", result::isDone);
        return result.join();
    }

    void runOnRail(Runnable call) {
        onRail(() -> {
            call.run();
            return true;
        });
    }

    long insert(TestRail peer) {
        byte[] address = peer.address();
        return onRail(() -> rail.insertPeer(address));
    }

    Ending send(long peer, byte[] message) {
        Ending ending = new Ending(rail);
        rail.execute(() -> rail.send(peer, ByteBuffer.wrap(message), ending));
        return ending;
    }

    /** Reads from the peer's exposed memory, from and to the same offset. */
    Ending read(long peer, TestRail from, long offset, int lengthBytes) {
        long remoteAddress = from.exposed.remoteAddress(0, offset);
        long key = from.exposed.key(0);
        return read(peer, remoteAddress, key, offset, lengthBytes);
    }

    Ending read(long peer, long remoteAddress, long key, long offset, int lengthBytes) {
        Ending ending = new Ending(rail);
        rail.execute(() -> rail.read(peer, remoteAddress, key, destination, offset, lengthBytes, ending));
        return ending;
    }

    @Override
    public void onMessage(ByteBuffer message) {
        checkThread();
        byte[] bytes = new byte[message.remaining()];
        message.duplicate().get(bytes);
        messages.add(bytes);
        onMessage.accept(message);
    }

    /** Tests read from rails without telling them. */
    @Override
    public boolean isBeingRead() {
        return true;
    }

    @Override
    public void onTurnEnd() {
        checkThread();
        turnEnds.incrementAndGet();
    }

    @Override
    public void onTick(long nowNs) {
        checkThread();
        ticks.incrementAndGet();
    }

    @Override
    public void onDown(TransportException cause) {
        checkThread();
        downs.add(String.valueOf(cause.getMessage()));
    }

    @Override
    public void onUp() {
        checkThread();
        ups.incrementAndGet();
    }

    @Override
    public void close() {
        rail.close();
        closeAll(List.of(devices, exposed, destination));
        if (strays.get() > 0) {
            throw new AssertionError(strays.get() + " callbacks came on another thread than the rail's");
        }
    }

    private void checkThread() {
        if (!rail.isOnThread()) {
            strays.incrementAndGet();
        }
    }

    private static void closeAll(List<AutoCloseable> opened) {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    interface OnRail<T> {
        T run() throws TransportException;
    }
}

package io.sparkefa.transport.loopback;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What connects the {@link LoopbackTransport}s of a test. Thread-safe. Everything it delivers it delivers one after the other
 * on its executor, which must have one thread.
 */
public final class LoopbackNetwork {

    private record Delivery(Runnable action, boolean isMessage) {}

    private static final long THREAD_IDLE_MS = 1000;

    private final Executor executor;
    private volatile @Nullable Thread thread;
    private final @Nullable RandomGenerator random;
    private final AtomicInteger nextAddress = new AtomicInteger(1);
    private final Map<Integer, LoopbackTransport> listening = new ConcurrentHashMap<>();

    /** Guarded by itself. */
    private final List<Delivery> underWay = new ArrayList<>();

    /** A network with a thread of its own, which ends when there is nothing to do. */
    public LoopbackNetwork(@Nullable RandomGenerator random) {
        this.random = random;
        ThreadPoolExecutor oneThread = new ThreadPoolExecutor(
                1, 1, THREAD_IDLE_MS, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), this::newThread);
        oneThread.allowCoreThreadTimeOut(true);
        this.executor = oneThread;
    }

    /**
     * A network that delivers when the caller's executor says so.
     *
     * @param executor runs the deliveries, one at a time, never within {@code execute}
     * @param random chooses which message or read comes next; null for the order in which they were sent
     */
    public LoopbackNetwork(Executor executor, @Nullable RandomGenerator random) {
        this.executor = executor;
        this.random = random;
    }

    /**
     * Loses all messages that are under way, and tells every reader, as when a flow breaks. Messages between any two of the
     * network's transports are lost.
     */
    public void loseMessages() {
        synchronized (underWay) {
            underWay.removeIf(Delivery::isMessage);
        }
        deliver(() -> listening.values().forEach(LoopbackTransport::onMessagesLost));
    }

    int join(LoopbackTransport transport) {
        int address = nextAddress.getAndIncrement();
        listening.put(address, transport);
        return address;
    }

    void leave(int address) {
        listening.remove(address);
    }

    @Nullable
    LoopbackTransport at(int address) {
        return listening.get(address);
    }

    void deliver(Runnable action) {
        deliver(new Delivery(action, false));
    }

    void deliverMessage(Runnable action) {
        deliver(new Delivery(action, true));
    }

    /** Delivers, and waits for it when the network has a thread of its own and this is not it. */
    void deliverAndWait(Runnable action) {
        Thread own = thread;
        FutureTask<@Nullable Void> task = new FutureTask<>(action, null);
        deliver(task);
        if (own == null || own.equals(Thread.currentThread())) {
            return;
        }
        try {
            task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a delivery of the loopback network failed", e.getCause());
        }
    }

    private Thread newThread(Runnable work) {
        Thread created = new Thread(work, "spark-efa-loopback");
        created.setDaemon(true);
        thread = created;
        return created;
    }

    private void deliver(Delivery delivery) {
        synchronized (underWay) {
            underWay.add(delivery);
        }
        executor.execute(this::deliverOne);
    }

    /** On the network's thread: delivers what is under way now, without waiting for its turn. */
    void deliverRest() {
        int count;
        synchronized (underWay) {
            count = underWay.size();
        }
        for (int i = 0; i < count; i++) {
            deliverOne();
        }
    }

    private void deliverOne() {
        Delivery next;
        synchronized (underWay) {
            if (underWay.isEmpty()) {
                return;
            }
            next = underWay.remove(random == null ? 0 : random.nextInt(underWay.size()));
        }
        next.action.run();
    }
}

package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Completions;
import io.sparkefa.fabric.FabricException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code fid_cq}. Reading it moves its endpoint on. */
final class FakeCompletionQueue implements CompletionQueue {

    /** While one waits here, its endpoint still has to be moved on. */
    private static final long STEP_MS = 1;

    record Entry(
            long context,
            long flags,
            long lengthBytes,
            @Nullable CompletionError error) {}

    private final FakeFabric network;
    private final Confinement confinement;
    private final int size;
    private final boolean blocking;
    private final Deque<Entry> ready = new ArrayDeque<>();

    @Nullable
    FakeEndpoint endpoint;

    private boolean signalled;
    boolean broken;

    FakeCompletionQueue(FakeFabric network, int size, boolean blocking) {
        this.network = network;
        this.confinement = new Confinement(network, this);
        this.size = size;
        this.blocking = blocking;
        network.opened(this);
    }

    void add(Entry entry) {
        ready.add(entry);
        network.notifyAll();
    }

    /** At every post: that everything in flight could complete now and find room. */
    void checkRoom(int inFlight) {
        if (ready.size() + inFlight > size) {
            network.violation("a completion queue of " + size + " entries can be overrun: " + ready.size()
                    + " completions and " + inFlight + " operations");
        }
    }

    @Override
    public Completions newCompletions(int capacity) {
        return new Entries(capacity);
    }

    @Override
    public int read(Completions into) throws FabricException {
        synchronized (network) {
            confinement.check();
            return take((Entries) into);
        }
    }

    @Override
    public boolean canBlock() {
        return blocking;
    }

    @Override
    public int await(Completions into, int timeoutMs) throws FabricException {
        synchronized (network) {
            confinement.check();
            if (!blocking) {
                network.violation("fi_cq_sread of a completion queue that cannot block");
            }
            for (int waitedMs = 0; ; waitedMs++) {
                int count = take((Entries) into);
                if (count != 0 || signalled || waitedMs >= timeoutMs) {
                    signalled = false;
                    return count;
                }
                try {
                    network.wait(STEP_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return 0;
                }
            }
        }
    }

    @Override
    public void signal() {
        synchronized (network) {
            if (!network.isOpen(this)) {
                network.violation("a completion queue was signalled after it had been closed");
            }
            signalled = true;
            network.notifyAll();
        }
    }

    @Override
    public CompletionError readError() {
        synchronized (network) {
            confinement.check();
            Entry entry = ready.poll();
            if (entry == null || entry.error == null) {
                throw new AssertionError("there is no error to read");
            }
            return entry.error;
        }
    }

    @Override
    public void close() {
        synchronized (network) {
            if (endpoint != null && network.isOpen(endpoint)) {
                network.violation("a completion queue was closed before its endpoint");
            }
            network.closed(this);
        }
    }

    private int take(Entries into) throws FabricException {
        if (broken) {
            throw FakeFabric.failure("fi_cq_read", 5);
        }
        if (endpoint != null) {
            endpoint.progress();
        }
        into.entries.clear();
        while (!ready.isEmpty() && into.entries.size() < into.capacity) {
            Entry next = Objects.requireNonNull(ready.peek());
            if (next.error != null) {
                return into.entries.isEmpty() ? ERROR_AVAILABLE : into.entries.size();
            }
            into.entries.add(ready.remove());
        }
        return into.entries.size();
    }

    private static final class Entries implements Completions {

        private final int capacity;
        private final List<Entry> entries = new ArrayList<>();

        Entries(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public long context(int index) {
            return entries.get(index).context;
        }

        @Override
        public long flags(int index) {
            return entries.get(index).flags;
        }

        @Override
        public long lengthBytes(int index) {
            return entries.get(index).lengthBytes;
        }

        @Override
        public long tag(int index) {
            return 0;
        }
    }
}

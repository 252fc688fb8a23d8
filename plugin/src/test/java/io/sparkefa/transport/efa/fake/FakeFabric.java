package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.FabricException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The wire between {@link FakeHost}s, its faults, and what was done wrong by those who used it. Thread-safe. A test ends with
 * {@link #verify}; and with {@link #verifyAllClosed} when it has closed everything.
 */
public final class FakeFabric {

    /** How the network behaves; to be changed at any time, by {@link #change}. */
    public static final class Behaviour {
        /** Completions of reads, and of sends to different peers, come in any order. */
        public boolean reordered = true;
        /** An operation completes after up to so many reads of the completion queue. */
        public int delayPolls = 3;
        /** How often a post finds no room, in a thousand. */
        public int againPerMille;
        /** How often an operation fails, in a thousand, with the codes below. */
        public int errorPerMille;

        public int errorCode = 103;
        public int errorProviderError = 8;
        /** Reads need nothing from the thread of the peer that is read from. */
        public boolean oneSidedReads = true;
        /** Completion queues can block. */
        public boolean blocking;
        /** Messages that a host takes before somebody has posted receive buffers for them. */
        public int unexpectedMessages = 256;
        /** So many of the next endpoints cannot be opened. */
        public int failingOpens;
    }

    final Random random;
    final Behaviour behaviour = new Behaviour();
    private final long seed;
    private final Map<Long, FakeEndpoint> endpoints = new HashMap<>();
    private final Set<Object> open = new LinkedHashSet<>();
    private final List<String> violations = new ArrayList<>();
    private long nextId = 1;
    long sends;
    long reads;
    long readBytes;
    long agains;

    public FakeFabric(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** A host with NICs {@code fake0}, {@code fake1}, … */
    public FakeHost host(String name, int nics) {
        return new FakeHost(this, name, nics);
    }

    /** Changes how the network behaves. */
    public synchronized void change(java.util.function.Consumer<Behaviour> change) {
        change.accept(behaviour);
        notifyAll();
    }

    /** The open endpoint with this name. */
    public synchronized FakeEndpoint endpoint(byte[] name) {
        FakeEndpoint endpoint = endpoints.get(id(name));
        if (endpoint == null) {
            throw new AssertionError("no endpoint with this name is open");
        }
        return endpoint;
    }

    public synchronized long sends() {
        return sends;
    }

    public synchronized long reads() {
        return reads;
    }

    public synchronized long readBytes() {
        return readBytes;
    }

    /** How often a post found no room. */
    public synchronized long agains() {
        return agains;
    }

    /** Nothing was done wrong so far. */
    public synchronized void verify() {
        if (!violations.isEmpty()) {
            throw new AssertionError("with seed " + seed + ": " + violations);
        }
    }

    /** As {@link #verify}, and everything has been closed. */
    public synchronized void verifyAllClosed() {
        verify();
        if (!open.isEmpty()) {
            throw new AssertionError("with seed " + seed + " these were not closed: " + open);
        }
    }

    /** Whether these bytes lie where a peer that has guessed a key could read them. */
    public synchronized boolean isWithinReach(byte[] bytes) {
        return open.stream()
                .filter(FakeRegion.class::isInstance)
                .map(FakeRegion.class::cast)
                // The EFA provider lets peers read what is registered for sending.
                .filter(region -> region.allows(Access.REMOTE_READ) || region.allows(Access.SEND))
                .anyMatch(region -> region.memory.contains(bytes));
    }

    /** What is still open, in words. */
    public synchronized List<String> open() {
        return open.stream().map(Object::toString).toList();
    }

    @Override
    public String toString() {
        return "fake fabric with seed " + seed;
    }

    // ---- for libfabric's nouns, under the lock

    void violation(String text) {
        if (violations.size() < 10) {
            violations.add(text + " (" + Thread.currentThread().getName() + ")");
        }
    }

    long nextId() {
        return nextId++;
    }

    void opened(Object resource) {
        open.add(resource);
    }

    void closed(Object resource) {
        if (!open.remove(resource)) {
            violation(resource + " was closed twice");
        }
    }

    boolean isOpen(Object resource) {
        return open.contains(resource);
    }

    Iterable<FakeEndpoint> endpoints() {
        return List.copyOf(endpoints.values());
    }

    void add(FakeEndpoint endpoint) {
        endpoints.put(endpoint.id, endpoint);
    }

    void remove(FakeEndpoint endpoint) {
        endpoints.remove(endpoint.id);
    }

    @Nullable
    FakeEndpoint find(byte[] name) {
        return endpoints.get(id(name));
    }

    static byte[] name(long id) {
        return ByteBuffer.allocate(32).putLong(id).array();
    }

    private static long id(byte[] name) {
        return ByteBuffer.wrap(name).getLong();
    }

    static FabricException failure(String operation, int code) {
        return new FabricException(operation, code, "injected");
    }
}

package io.sparkefa.fabric;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * One endpoint with all that it needs, and memory to send from and receive into. Confined to one thread, which drives several
 * of them at once through {@link #await}.
 */
final class FabricNode implements AutoCloseable {

    static final int MEMORY_BYTES = 4 << 20;

    private static final int QUEUE_SIZE = 512;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    final FabricInfo info;
    final Fabric fabric;
    final Domain domain;
    final CompletionQueue queue;
    final AddressVector addresses;
    final EventQueue events;
    final Endpoint endpoint;
    final NativeMemory memory;
    final MemoryRegion region;
    final Completions completions;

    /** Completions that nobody asked for yet, by context: their lengths. */
    final Map<Long, Long> lengths = new HashMap<>();

    /** Tags of tagged messages that were received, by context. */
    final Map<Long, Long> tags = new HashMap<>();

    /** Operations that failed, by context. */
    final Map<Long, CompletionError> errors = new HashMap<>();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private FabricNode(Libfabric libfabric, FabricInfo info, boolean blocking) throws FabricException {
        this.info = info;
        try {
            this.fabric = opening(libfabric.openFabric(info));
            this.domain = opening(fabric.openDomain(info));
            this.queue = opening(domain.openCompletionQueue(QUEUE_SIZE, blocking));
            this.addresses = opening(domain.openAddressVector(16));
            this.events = opening(fabric.openEventQueue());
            this.memory = opening(libfabric.allocate(MEMORY_BYTES, false));
            this.region = opening(domain.register(memory, Set.of(Access.values())));
            this.endpoint = opening(domain.openEndpoint(queue, addresses, events));
            this.completions = queue.newCompletions(16);
        } catch (FabricException | RuntimeException failed) {
            close();
            throw failed;
        }
    }

    static FabricNode open(FabricSupport support) throws FabricException {
        return open(support, 0, false);
    }

    /**
     * @param transmitQueueSize 0 for the provider's default
     * @param blocking whether the completion queue is to block, if it can
     */
    static FabricNode open(FabricSupport support, int transmitQueueSize, boolean blocking) throws FabricException {
        FabricInfo info = infoWithEverything(support, transmitQueueSize);
        FabricNode node = new FabricNode(support.libfabric(), info, blocking);
        node.endpoint.enable();
        node.poll();
        return node;
    }

    /** {@link FabricSupport#infos} are for messages and reads only. */
    private static FabricInfo infoWithEverything(FabricSupport support, int transmitQueueSize) throws FabricException {
        FabricHints hints = FabricHints.of(support.infos().get(0).provider())
                .with(Capability.TAGGED, Capability.WRITE, Capability.REMOTE_WRITE)
                .withQueueSizes(transmitQueueSize, 0);
        return support.libfabric().getInfo(hints).get(0);
    }

    /** The number by which this names a peer. */
    long insert(FabricNode peer) throws FabricException {
        return addresses.insert(peer.endpoint.name());
    }

    ByteBuffer bytes(long offset, int lengthBytes) {
        return memory.slice(offset, lengthBytes);
    }

    /** Takes what the completion queue has. */
    void poll() throws FabricException {
        int count = queue.read(completions);
        if (count == CompletionQueue.ERROR_AVAILABLE) {
            CompletionError error = queue.readError();
            errors.put(error.context(), error);
            return;
        }
        take(count);
    }

    void take(int count) {
        for (int i = 0; i < count; i++) {
            lengths.put(completions.context(i), completions.lengthBytes(i));
            tags.put(completions.context(i), completions.tag(i));
        }
    }

    boolean isDone(long context) {
        return lengths.containsKey(context) || errors.containsKey(context);
    }

    /** Posts an operation, again and again while the provider's queues are full, as all nodes make progress. */
    static void post(Post post, FabricNode... nodes) throws FabricException {
        boolean[] posted = {false};
        await("an operation to be accepted", () -> posted[0] |= tryPost(post), nodes);
    }

    /** Polls all nodes until something has come about. */
    static void await(String what, BooleanSupplier done, FabricNode... nodes) throws FabricException {
        long deadlineNs = System.nanoTime() + DEADLINE.toNanos();
        while (!done.getAsBoolean()) {
            for (FabricNode node : nodes) {
                node.poll();
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("waited too long for " + what);
            }
            Thread.yield();
        }
    }

    private static boolean tryPost(Post post) {
        try {
            return post.tryPost();
        } catch (FabricException failed) {
            throw new AssertionError(failed);
        }
    }

    interface Post {
        boolean tryPost() throws FabricException;
    }

    private <T extends AutoCloseable> T opening(T resource) {
        opened.push(resource);
        return resource;
    }

    /** In the reverse order of opening; repeated harmlessly. */
    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception failed) {
                throw new AssertionError("closing failed", failed);
            }
        }
    }
}

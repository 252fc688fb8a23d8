package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EndpointOption;
import io.sparkefa.fabric.EventError;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * {@code fid_ep}. Tests find it by {@link FakeFabric#endpoint} and do bad things to it; those methods are for any thread.
 */
public final class FakeEndpoint implements Endpoint {

    private static final int EINVAL = 22;
    private static final int ENOTCONN = 107;
    private static final int ECANCELED = 125;
    private static final int FLUSHED = 1;
    private static final int BAD_ADDRESS = 7;
    private static final int BAD_DESTINATION = 9;

    final long id;
    private final FakeDomain domain;
    private final FakeFabric network;
    private final Confinement confinement;
    private final FakeCompletionQueue completions;
    private final FakeAddressVector addresses;
    private final FakeEventQueue events;
    private final Deque<Posted> receives = new ArrayDeque<>();
    private final List<Posted> operations = new ArrayList<>();
    /** Messages that have come and found no receive buffer yet. */
    private final Deque<byte[]> unexpected = new ArrayDeque<>();
    /** Reads of peers that wait for this endpoint's thread, when reads are not one-sided. */
    private final Deque<Runnable> toServe = new ArrayDeque<>();

    private boolean enabled;
    private boolean dead;
    private boolean silent;
    private long reads;
    private @Nullable CountDownLatch closeHeld;

    FakeEndpoint(
            FakeDomain domain, FakeCompletionQueue completions, FakeAddressVector addresses, FakeEventQueue events) {
        this.domain = domain;
        this.network = domain.host.network;
        this.confinement = new Confinement(network, this);
        this.id = network.nextId();
        this.completions = completions;
        this.addresses = addresses;
        this.events = events;
        completions.endpoint = this;
        addresses.endpoint = this;
        network.opened(this);
        network.add(this);
    }

    // ---- what a test can do to it

    /** As if its process had died: operations of peers fail. */
    public void kill() {
        synchronized (network) {
            dead = true;
        }
    }

    /** As if its host had been stopped: operations of peers never end, until it is woken. */
    public void silence(boolean silenced) {
        synchronized (network) {
            silent = silenced;
            network.notifyAll();
        }
    }

    /** The provider reports an error of its own. */
    public void report(EventError event) {
        synchronized (network) {
            events.events.add(event);
        }
    }

    /** The completion queue cannot be read any more. */
    public void breakCompletionQueue() {
        synchronized (network) {
            completions.broken = true;
        }
    }

    /** As when a queue pair goes into its error state: everything comes back. */
    public void flush() {
        synchronized (network) {
            for (Posted posted : receives) {
                fail(posted, ECANCELED, FLUSHED);
            }
            receives.clear();
            for (Posted posted : operations) {
                fail(posted, ECANCELED, FLUSHED);
            }
            operations.clear();
        }
    }

    /** A completion that nothing was posted for. */
    public void completeUnknown(long context) {
        synchronized (network) {
            completions.add(new FakeCompletionQueue.Entry(context, 0, 0, null));
        }
    }

    /** One receive buffer comes back with an error. */
    public void failReceive(int code, int providerError) {
        synchronized (network) {
            fail(receives.remove(), code, providerError);
        }
    }

    /** {@code fi_close} does not return until the latch is open. */
    public void holdClose(CountDownLatch until) {
        synchronized (network) {
            closeHeld = until;
        }
    }

    public int postedReceives() {
        synchronized (network) {
            return receives.size();
        }
    }

    public int operationsInFlight() {
        synchronized (network) {
            return operations.size();
        }
    }

    public int knownPeers() {
        synchronized (network) {
            return addresses.size();
        }
    }

    /** Remote reads that it has done. */
    public long reads() {
        synchronized (network) {
            return reads;
        }
    }

    // ---- fid_ep

    @Override
    public void enable() {
        synchronized (network) {
            confinement.check();
            enabled = true;
        }
    }

    @Override
    public byte[] name() {
        synchronized (network) {
            return FakeFabric.name(id);
        }
    }

    @Override
    public boolean receive(MemoryRegion local, long offset, long lengthBytes, long context) {
        synchronized (network) {
            confinement.check();
            Posted posted = posted(Posted.Kind.RECEIVE, local, offset, lengthBytes, context, Access.RECEIVE);
            if (receives.size() >= domain.info().receiveQueueSize()) {
                network.agains++;
                return false;
            }
            receives.add(posted);
            return true;
        }
    }

    @Override
    public boolean send(MemoryRegion local, long offset, long lengthBytes, long peer, long context) {
        synchronized (network) {
            confinement.check();
            Posted posted = posted(Posted.Kind.SEND, local, offset, lengthBytes, context, Access.SEND);
            return post(posted.to(peer));
        }
    }

    @Override
    public boolean read(
            MemoryRegion local, long offset, long lengthBytes, long peer, long remoteAddress, long key, long context) {
        synchronized (network) {
            confinement.check();
            Posted posted = posted(Posted.Kind.READ, local, offset, lengthBytes, context, Access.READ);
            return post(posted.to(peer).from(remoteAddress, key));
        }
    }

    @Override
    public boolean receiveTagged(
            MemoryRegion local, long offset, long lengthBytes, long tag, long ignore, long context) {
        throw new UnsupportedOperationException("tagged messages");
    }

    @Override
    public boolean sendTagged(MemoryRegion local, long offset, long lengthBytes, long peer, long tag, long context) {
        throw new UnsupportedOperationException("tagged messages");
    }

    @Override
    public boolean write(
            MemoryRegion local, long offset, long lengthBytes, long peer, long remoteAddress, long key, long context) {
        throw new UnsupportedOperationException("remote writes");
    }

    @Override
    public void cancel(long context) {
        throw new UnsupportedOperationException("cancelling");
    }

    @Override
    public boolean option(EndpointOption option) {
        synchronized (network) {
            return !network.behaviour.oneSidedReads;
        }
    }

    @Override
    public void setOption(EndpointOption option, boolean value) throws FabricException {
        throw FakeFabric.failure("fi_setopt of " + option, 92);
    }

    @Override
    public void setOption(EndpointOption option, long value) throws FabricException {
        throw FakeFabric.failure("fi_setopt of " + option, 92);
    }

    @Override
    public void close() {
        awaitClose();
        synchronized (network) {
            network.remove(this);
            receives.clear();
            operations.clear();
            network.closed(this);
        }
    }

    @Override
    public String toString() {
        return "endpoint " + id + " on " + domain;
    }

    // ---- for libfabric's other nouns, under the lock

    boolean uses(FakeRegion region) {
        return receives.stream().anyMatch(posted -> posted.region == region)
                || operations.stream().anyMatch(posted -> posted.region == region);
    }

    boolean hasOperationsTo(long peer) {
        return operations.stream().anyMatch(posted -> posted.peer == peer);
    }

    /** What happens when the completion queue is read. */
    void progress() {
        if (!enabled || silent) {
            return;
        }
        for (Runnable serve = toServe.poll(); serve != null; serve = toServe.poll()) {
            serve.run();
        }
        List<Posted> order = new ArrayList<>(operations);
        if (network.behaviour.reordered) {
            Collections.shuffle(order, network.random);
        }
        Set<Long> sendsHeldTo = new HashSet<>();
        operations.stream()
                .filter(Posted::isDelayed)
                .filter(posted -> posted.kind == Posted.Kind.SEND)
                .forEach(posted -> sendsHeldTo.add(posted.peer));
        order.forEach(Posted::waitedOnePoll);
        // Sends to one peer keep their order among themselves.
        for (Posted posted :
                operations.stream().filter(p -> p.kind == Posted.Kind.SEND).toList()) {
            if (!sendsHeldTo.contains(posted.peer) && !progress(posted)) {
                sendsHeldTo.add(posted.peer);
            }
        }
        for (Posted posted : order) {
            if (posted.kind == Posted.Kind.READ && !posted.isDelayed()) {
                progress(posted);
            }
        }
        while (!unexpected.isEmpty() && !receives.isEmpty()) {
            receive(unexpected.remove());
        }
    }

    // ---- inside

    private Posted posted(
            Posted.Kind kind, MemoryRegion local, long offset, long lengthBytes, long context, Access access) {
        FakeRegion region = (FakeRegion) local;
        Posted posted = new Posted(kind, region, offset, lengthBytes, context);
        posted.delay(network.random.nextInt(network.behaviour.delayPolls + 1));
        if (!network.isOpen(region) || region.domain != domain) {
            network.violation(posted + " uses a registration that is closed, or another NIC's");
        } else if (!region.allows(access)) {
            network.violation(posted + " uses memory that is not registered for it");
        } else if (offset < 0 || offset + lengthBytes > region.memory().lengthBytes()) {
            network.violation(posted + " goes beyond its memory");
        } else {
            posted.remember();
        }
        for (FakeEndpoint endpoint : network.endpoints()) {
            if (endpoint.receives.stream().anyMatch(posted::clashesWith)
                    || endpoint.operations.stream().anyMatch(posted::clashesWith)) {
                network.violation(posted + " uses memory that belongs to another operation");
            }
        }
        completions.checkRoom(receives.size() + operations.size() + 1);
        return posted;
    }

    private boolean post(Posted posted) {
        if (addresses.name(posted.peer) == null) {
            network.violation(posted + " goes to a peer that is not in the address vector");
        }
        if (operations.size() >= domain.info().transmitQueueSize()
                || network.random.nextInt(1000) < network.behaviour.againPerMille) {
            network.agains++;
            return false;
        }
        operations.add(posted);
        return true;
    }

    /** Whether the operation is over. */
    private boolean progress(Posted posted) {
        byte[] name = addresses.name(posted.peer);
        FakeEndpoint peer = name == null ? null : network.find(name);
        if (peer != null && peer.silent) {
            return false;
        }
        if (network.random.nextInt(1000) < network.behaviour.errorPerMille) {
            return end(posted, network.behaviour.errorCode, network.behaviour.errorProviderError);
        }
        if (peer == null || peer.dead) {
            return end(posted, ENOTCONN, BAD_DESTINATION);
        }
        if (posted.kind == Posted.Kind.SEND) {
            return transmit(posted, peer);
        }
        if (network.behaviour.oneSidedReads) {
            return read(posted, peer);
        }
        if (!posted.asked) {
            posted.asked = true;
            peer.toServe.add(() -> {
                if (operations.contains(posted)) {
                    read(posted, peer);
                }
            });
            network.notifyAll();
        }
        return false;
    }

    private boolean transmit(Posted posted, FakeEndpoint peer) {
        if (peer.unexpected.size() >= network.behaviour.unexpectedMessages) {
            return false;
        }
        if (posted.hasChanged()) {
            network.violation(posted + " was changed while it was being sent");
        }
        network.sends++;
        peer.unexpected.add(posted.bytes());
        network.notifyAll();
        return end(posted, 0, 0);
    }

    private void receive(byte[] message) {
        Posted posted = receives.remove();
        if (posted.hasChanged()) {
            network.violation(posted + " was changed while it was posted");
        }
        if (message.length > posted.lengthBytes) {
            fail(posted, 265, 0);
            return;
        }
        posted.region.memory.bytes.put(Math.toIntExact(posted.offset), message);
        completions.add(new FakeCompletionQueue.Entry(posted.context, 1L << 10, message.length, null));
    }

    private boolean read(Posted posted, FakeEndpoint peer) {
        FakeRegion remote = peer.domain.regions.get(posted.remoteKey);
        long remoteOffset = remote == null ? -1 : posted.remoteAddress - remote.memory.address();
        if (remote == null
                || !remote.allows(Access.REMOTE_READ)
                || remoteOffset < 0
                || remoteOffset + posted.lengthBytes > remote.memory.lengthBytes()) {
            return end(posted, EINVAL, BAD_ADDRESS);
        }
        if (posted.hasChanged()) {
            network.violation(posted + " was changed while it was being read into");
        }
        ByteBuffer bytes = remote.memory.slice(remoteOffset, Math.toIntExact(posted.lengthBytes));
        posted.region
                .memory
                .slice(posted.offset, Math.toIntExact(posted.lengthBytes))
                .put(bytes);
        reads++;
        network.reads++;
        network.readBytes += posted.lengthBytes;
        return end(posted, 0, 0);
    }

    private boolean end(Posted posted, int code, int providerError) {
        operations.remove(posted);
        if (code == 0) {
            completions.add(new FakeCompletionQueue.Entry(posted.context, 0, 0, null));
        } else {
            fail(posted, code, providerError);
        }
        return true;
    }

    private void fail(Posted posted, int code, int providerError) {
        CompletionError error = new CompletionError(posted.context, 0, code, providerError, "injected");
        completions.add(new FakeCompletionQueue.Entry(posted.context, 0, 0, error));
    }

    private void awaitClose() {
        CountDownLatch latch;
        synchronized (network) {
            latch = closeHeld;
        }
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

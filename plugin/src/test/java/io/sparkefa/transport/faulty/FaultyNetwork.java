package io.sparkefa.transport.faulty;

import io.sparkefa.transport.TransportAddress;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What the {@link FaultyTransport}s of a test share: a plan, the dice, and who is cut off. Thread-safe; what is marked as
 * confined is touched on the timeline only. The same seed, plan and order of events give the same faults.
 */
public final class FaultyNetwork {

    private final Timeline timeline;
    private final FaultPlan plan;
    private final Consumer<Fault> onInjected;

    // @GuardedBy("this")
    private final RandomGenerator random;
    // @GuardedBy("this")
    private final Map<Fault, Long> injected = new EnumMap<>(Fault.class);
    // @GuardedBy("this")
    private boolean calm;

    // confined
    private final Set<FaultyConnection> connections = new LinkedHashSet<>();
    // confined
    private final Set<ByteBuffer> cutOff = new HashSet<>();

    /** @param onInjected told of each fault, on whichever thread it strikes */
    public FaultyNetwork(Timeline timeline, FaultPlan plan, RandomGenerator random, Consumer<Fault> onInjected) {
        this.timeline = timeline;
        this.plan = plan;
        this.random = random;
        this.onInjected = onInjected;
    }

    public FaultPlan plan() {
        return plan;
    }

    /** How often each fault has struck. */
    public synchronized Map<Fault, Long> injected() {
        return new EnumMap<>(injected);
    }

    /** From now on nothing new goes wrong. */
    public synchronized void calm() {
        calm = true;
    }

    /**
     * Cuts off the executor whose serving side is at this address, in both directions, until {@link #reconnect}. To be called on
     * the timeline.
     */
    public void cutOff(TransportAddress address) {
        if (cutOff.add(key(address))) {
            count(Fault.PEER_CUT_OFF);
            List.copyOf(connections).forEach(connection -> connection.onCutOffChanged());
        }
    }

    /** Ends {@link #cutOff}. To be called on the timeline. */
    public void reconnect(TransportAddress address) {
        if (cutOff.remove(key(address))) {
            List.copyOf(connections).forEach(connection -> connection.onCutOffChanged());
        }
    }

    // ---- for the transports

    void run(Runnable action) {
        timeline.after(0, action);
    }

    void after(long delayNs, Runnable action) {
        timeline.after(delayNs, action);
    }

    /** Runs the action when the transport would have noticed that nothing comes. */
    void afterStall(Runnable action) {
        timeline.after(plan.stallNs(), action);
    }

    void afterDelay(Runnable action) {
        long delayNs;
        synchronized (this) {
            delayNs = random.nextLong(1, plan.maxDelayNs() + 1);
        }
        timeline.after(delayNs, action);
    }

    /** Whether this fault happens now. */
    public boolean strikes(Fault fault) {
        double odds = plan.odds(fault);
        synchronized (this) {
            if (calm || odds == 0 || random.nextDouble() >= odds) {
                return false;
            }
        }
        count(fault);
        return true;
    }

    private void count(Fault fault) {
        synchronized (this) {
            injected.merge(fault, 1L, Long::sum);
        }
        onInjected.accept(fault);
    }

    /** A number from 0 to below the bound. */
    synchronized int roll(int bound) {
        return random.nextInt(bound);
    }

    /** Changes some bits of what is between position and limit. */
    void corrupt(ByteBuffer bytes) {
        for (int flips = 1 + roll(3); flips > 0 && bytes.hasRemaining(); flips--) {
            int at = bytes.position() + roll(bytes.remaining());
            bytes.put(at, (byte) (bytes.get(at) ^ (1 << roll(8))));
        }
    }

    // ---- confined

    void add(FaultyConnection connection) {
        connections.add(connection);
    }

    void remove(FaultyConnection connection) {
        connections.remove(connection);
    }

    List<FaultyConnection> connectionsOf(FaultyTransport transport) {
        return connections.stream()
                .filter(connection -> connection.isOf(transport))
                .toList();
    }

    boolean isCutOff(TransportAddress address) {
        return cutOff.contains(key(address));
    }

    private static ByteBuffer key(TransportAddress address) {
        return ByteBuffer.wrap(address.encoded());
    }
}

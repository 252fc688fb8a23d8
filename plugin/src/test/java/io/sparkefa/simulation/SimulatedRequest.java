package io.sparkefa.simulation;

import io.sparkefa.spark.ShuffleBlockNames;
import io.sparkefa.transfer.protocol.BlockKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.shuffle.efa.SparkRequests;

/**
 * A request of Spark's block iterator, as the plugin handles it: what does not come over a session is asked of Spark's own client.
 * So here a block that is there must come, unless that client fails as well.
 */
final class SimulatedRequest implements BlockFetchingListener {

    private static final long OWN_CLIENT_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Simulation in;
    private final int number;
    private final Workload.Request request;
    private final Runnable onEnd;
    private final Set<String> unreported = new HashSet<>();
    private final Set<String> refused = new HashSet<>();
    private Runnable cancellation = () -> {};
    private boolean cancelled;
    private boolean left;
    private boolean ended;

    /** @param onEnd called once: when each block has been reported, or the plugin has nothing left to cancel */
    SimulatedRequest(Simulation in, int number, Workload.Request request, Runnable onEnd) {
        this.in = in;
        this.number = number;
        this.request = request;
        this.onEnd = onEnd;
        request.blocks().forEach(block -> unreported.add(SparkRequests.nameOf(block)));
        in.check(unreported.size() == request.blocks().size(), "request %d names a block twice", number);
    }

    void start(SimulatedExecutor reader) {
        in.trace.note("request, reader, server:", number, reader.id, request.serverId());
        long boundNs = in.scenario.findNs() + in.stepsFor(request.blocks()) * in.scenario.stepNs() + 2 * OWN_CLIENT_NS;
        in.time.after(
                boundNs, () -> in.check(ended, "%d blocks of request %d were forgotten", unreported.size(), number));
        cancellation = SparkRequests.start(
                reader.peers,
                Integer.toString(request.serverId()),
                request.blocks(),
                in.background,
                this::askSpark,
                this,
                this::onLeft);
        if (cancelled) {
            cancellation.run();
        }
    }

    void cancel() {
        if (!ended) {
            in.trace.note("cancel request:", number, 0, 0);
            cancelled = true;
            cancellation.run();
            endIfOver();
        }
    }

    /** The plugin has nothing more to do with its session. */
    private void onLeft() {
        in.check(!left, "request %d was left twice", number);
        left = true;
        endIfOver();
    }

    private void askSpark(String[] names, BlockFetchingListener listener) {
        in.check(listener == this, "request %d has another listener", number);
        for (String name : names) {
            in.check(unreported.contains(name), "%s of request %d goes to Spark too", name, number);
            in.time.after(in.random.nextLong(OWN_CLIENT_NS), () -> answerAsSpark(name));
        }
    }

    private void answerAsSpark(String name) {
        ByteBuffer bytes = in.isReachable(request) ? in.outputs.bytes(key(name)) : null;
        if (bytes == null) {
            refused.add(name);
            onBlockFetchFailure(name, new IOException("Spark's own client cannot get it"));
        } else {
            onBlockFetchSuccess(name, new NioManagedBuffer(bytes));
        }
    }

    @Override
    public void onBlockFetchSuccess(String name, ManagedBuffer data) {
        if (report(name, SimulatedFetch.Outcome.ARRIVED)) {
            check(name, data, "when it came");
            in.onBytes(data.size());
            data.retain();
            in.afterHolding(() -> {
                check(name, data, "when it was released");
                data.release();
            });
            endIfOver();
        }
    }

    private void check(String name, ManagedBuffer data, String when) {
        try {
            BlockKey block = key(name);
            ByteBuffer bytes = data.nioByteBuffer();
            boolean right = data.size() == in.outputs.lengthBytes(block) && in.outputs.matches(block, 0, bytes);
            in.checkRight(right, name, number, when);
        } catch (IOException e) {
            in.check(false, "%s of request %d: %s", name, number, e);
        }
    }

    @Override
    public void onBlockFetchFailure(String name, Throwable cause) {
        boolean mayFail = refused.contains(name)
                || !in.outputs.isWhole(key(name))
                || in.scenario.plan().changesMessages();
        in.check(mayFail, "%s of request %d failed: %s", name, number, cause);
        if (report(name, SimulatedFetch.Outcome.FAILED)) {
            endIfOver();
        }
    }

    private boolean report(String name, SimulatedFetch.Outcome outcome) {
        boolean first = unreported.remove(name);
        in.check(first, "%s of request %d was reported twice", name, number);
        in.trace.note("requested block:", number, unreported.size(), outcome.ordinal());
        in.onOutcome(outcome);
        return first;
    }

    private void endIfOver() {
        if (!ended && left && (unreported.isEmpty() || cancelled)) {
            ended = true;
            onEnd.run();
        }
    }

    private static BlockKey key(String name) {
        return ShuffleBlockNames.parse(name).orElseThrow();
    }
}

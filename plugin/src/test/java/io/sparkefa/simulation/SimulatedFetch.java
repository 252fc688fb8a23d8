package io.sparkefa.simulation;

import io.sparkefa.spark.PeerUse;
import io.sparkefa.spark.PeerUser;
import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.ChannelSink;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchHandle;
import io.sparkefa.transfer.FetchedBlock;
import io.sparkefa.transfer.protocol.BlockKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request of a task for blocks of one peer: does what the plugin does for a request of Spark's block iterator, and holds
 * everybody to their promises: one answer from the peers, one outcome for each block, both in bounded time, and no wrong byte.
 */
final class SimulatedFetch implements PeerUser, BlockSink, ChannelSink {

    /** How a block ended. */
    enum Outcome {
        ARRIVED,
        MISSING,
        FAILED
    }

    private static final double DISK_FAILURE_ODDS = 0.01;

    private final Simulation in;
    private final int number;
    final SimulatedExecutor reader;
    final int serverId;
    private final List<BlockKey> blocks;
    private final boolean toChannels;
    private final Consumer<SimulatedFetch> onEnd;
    private final Outcome[] outcomes;
    private int unreported;
    private boolean answered;
    private boolean sessionFailed;
    private boolean cancelled;
    private @Nullable PeerUse use;
    private @Nullable FetchHandle handle;
    private final @Nullable CheckingChannel[] channels;

    /** @param onEnd called once, when every block has its outcome */
    SimulatedFetch(
            Simulation in,
            int number,
            SimulatedExecutor reader,
            int serverId,
            List<BlockKey> blocks,
            boolean toChannels,
            Consumer<SimulatedFetch> onEnd) {
        this.in = in;
        this.number = number;
        this.reader = reader;
        this.serverId = serverId;
        this.blocks = blocks;
        this.toChannels = toChannels;
        this.onEnd = onEnd;
        this.outcomes = new Outcome[blocks.size()];
        this.unreported = blocks.size();
        this.channels = new CheckingChannel[blocks.size()];
    }

    void start() {
        in.trace.note("fetch, reader, server:", number, reader.id, serverId);
        in.time.after(in.scenario.findNs(), () -> in.check(answered, "fetch %d was never answered", number));
        reader.peers.use(Integer.toString(serverId), this);
    }

    /** Gives up what has not arrived. */
    void cancel() {
        cancelled = true;
        if (handle != null && unreported > 0) {
            in.trace.note("cancel:", number, 0, 0);
            handle.cancel();
        }
    }

    boolean isCancelled() {
        return cancelled;
    }

    boolean isOver() {
        return unreported == 0;
    }

    /** The blocks that may yet arrive another time. */
    List<BlockKey> failedBlocks() {
        List<BlockKey> failed = new ArrayList<>();
        for (int i = 0; i < outcomes.length; i++) {
            if (outcomes[i] == Outcome.FAILED) {
                failed.add(blocks.get(i));
            }
        }
        return failed;
    }

    // ---- what the peers say

    @Override
    public void onSession(PeerUse peerUse) {
        answer();
        use = peerUse;
        in.time.after(
                in.stepsFor(blocks) * in.scenario.stepNs(),
                () -> in.check(unreported == 0, "%d blocks of fetch %d were forgotten", unreported, number));
        handle = toChannels
                ? peerUse.session().fetchToChannels(blocks, this)
                : peerUse.session().fetch(blocks, this);
        if (cancelled) {
            handle.cancel();
        }
    }

    @Override
    public void onUnavailable(String reason) {
        answer();
        in.trace.note("unavailable:", number, 0, 0);
        for (int i = 0; i < outcomes.length; i++) {
            report(i, Outcome.FAILED);
        }
    }

    private void answer() {
        in.check(!answered, "fetch %d was answered twice", number);
        answered = true;
    }

    // ---- what becomes of the blocks

    @Override
    public void onBlock(int index, FetchedBlock block) {
        checkBytes(index, block, "when it came");
        report(index, Outcome.ARRIVED);
        in.onBytes(block.lengthBytes());
        if (!in.isSabotaged(Sabotage.KEPT_BLOCK)) {
            in.afterHolding(() -> {
                checkBytes(index, block, "when it was released");
                block.release();
            });
        }
    }

    private void checkBytes(int index, FetchedBlock block, String when) {
        BlockKey key = blocks.get(index);
        boolean right = block.lengthBytes() == in.outputs.lengthBytes(key);
        long fromByte = 0;
        for (ByteBuffer buffer : right ? block.buffers() : List.<ByteBuffer>of()) {
            right &= in.outputs.matches(key, fromByte, buffer);
            fromByte += buffer.remaining();
        }
        in.checkRight(right, key, number, when);
    }

    @Override
    public void onBlockMissing(int index, String reason) {
        boolean mayBe =
                !in.outputs.isWhole(blocks.get(index)) || in.scenario.plan().changesMessages();
        in.check(mayBe, "%s of fetch %d is said to be missing: %s", blocks.get(index), number, reason);
        report(index, Outcome.MISSING);
    }

    @Override
    public void onBlockFailed(int index, FetchException cause) {
        boolean sessionAtFault = switch (cause.reason()) {
            case SESSION_LOST, TIMEOUT, CORRUPT -> true;
            case REFUSED, NO_MEMORY, CANCELLED, DESTINATION -> false;
        };
        in.onFailed(cause.reason());
        if (sessionAtFault && use != null && !sessionFailed) {
            sessionFailed = true;
            use.onSessionFailed(cause);
        }
        in.trace.note("failed:", number, index, cause.reason().ordinal());
        report(index, Outcome.FAILED);
    }

    private void report(int index, Outcome outcome) {
        in.check(
                outcomes[index] == null,
                "block %d of fetch %d ended as %s and as %s",
                index,
                number,
                outcomes[index],
                outcome);
        if (outcomes[index] != null) {
            return;
        }
        outcomes[index] = outcome;
        in.onOutcome(outcome);
        in.trace.note("block:", number, index, outcome.ordinal());
        if (--unreported == 0) {
            if (use != null) {
                use.close();
            }
            onEnd.accept(this);
        }
    }

    // ---- blocks that go to disk

    @Override
    public WritableByteChannel open(int index, long lengthBytes) throws IOException {
        if (in.random.nextDouble() < DISK_FAILURE_ODDS) {
            throw new IOException("the disk is full");
        }
        CheckingChannel channel = new CheckingChannel(blocks.get(index));
        channels[index] = channel;
        return channel;
    }

    @Override
    public void onBlockWritten(int index) {
        CheckingChannel channel = channels[index];
        boolean whole = channel != null && channel.writtenBytes == in.outputs.lengthBytes(blocks.get(index));
        in.checkRight(whole && channel.right, blocks.get(index), number, "on disk");
        in.onBytes(channel == null ? 0 : channel.writtenBytes);
        report(index, Outcome.ARRIVED);
    }

    /** Takes a part of what it is given, and compares it. */
    private final class CheckingChannel implements WritableByteChannel {
        private final BlockKey block;
        private long writtenBytes;
        private boolean right = true;

        CheckingChannel(BlockKey block) {
            this.block = block;
        }

        @Override
        public int write(ByteBuffer source) {
            int count = in.random.nextInt(8) == 0 ? 1 + in.random.nextInt(source.remaining()) : source.remaining();
            right &= in.outputs.matches(block, writtenBytes, source.slice(source.position(), count));
            source.position(source.position() + count);
            writtenBytes += count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}

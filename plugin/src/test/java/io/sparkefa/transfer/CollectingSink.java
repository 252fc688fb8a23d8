package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Keeps what a fetch reports, and fails when a block is reported twice. Thread-safe. */
final class CollectingSink implements BlockSink, ChannelSink {

    /** Far more than any test needs on a busy machine. */
    static final long PATIENCE_SECONDS = 40;

    private final @Nullable Object[] outcomes;
    private final CountDownLatch open;
    private final List<String> violations = new ArrayList<>();
    private final CountingChannel[] channels;
    private Runnable onComplete = () -> {};

    CollectingSink(int blockCount) {
        this.outcomes = new Object[blockCount];
        this.channels = new CountingChannel[blockCount];
        this.open = new CountDownLatch(blockCount);
    }

    /** A channel that checks the bytes instead of keeping them: all zeros but the last, which is 1. */
    static final class CountingChannel implements WritableByteChannel {
        long nonZeroBytes;
        long writtenBytes;
        byte lastByte;

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            while (source.remaining() >= Long.BYTES) {
                nonZeroBytes += source.getLong() == 0 ? 0 : 1;
            }
            while (source.hasRemaining()) {
                lastByte = source.get();
                nonZeroBytes += lastByte == 0 ? 0 : 1;
            }
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

    /** What to do when every block has been reported; to be said before the fetch begins. */
    void whenComplete(Runnable action) {
        onComplete = action;
    }

    private void report(int index, Object outcome) {
        synchronized (this) {
            if (outcomes[index] != null) {
                violations.add("block " + index + " was reported as " + outcomes[index] + " and as " + outcome);
            }
            outcomes[index] = outcome;
            open.countDown();
            if (open.getCount() > 0) {
                return;
            }
        }
        onComplete.run();
    }

    @Override
    public void onBlock(int index, FetchedBlock block) {
        report(index, block);
    }

    @Override
    public void onBlockMissing(int index, String reason) {
        report(index, reason);
    }

    @Override
    public void onBlockFailed(int index, FetchException cause) {
        report(index, cause);
    }

    @Override
    public WritableByteChannel open(int index, long lengthBytes) {
        channels[index] = new CountingChannel();
        return channels[index];
    }

    @Override
    public void onBlockWritten(int index) {
        report(index, channels[index]);
    }

    CollectingSink await() throws InterruptedException {
        assertThat(open.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .describedAs("%d of %d blocks were never reported", open.getCount(), outcomes.length)
                .isTrue();
        return this;
    }

    synchronized void assertNoViolations() {
        assertThat(violations).isEmpty();
    }

    synchronized @Nullable Object outcome(int index) {
        return outcomes[index];
    }

    CountingChannel written(int index) {
        return (CountingChannel) outcome(index);
    }

    FetchException failure(int index) {
        assertThat(outcome(index)).describedAs("block %d", index).isInstanceOf(FetchException.class);
        return (FetchException) outcome(index);
    }

    String missing(int index) {
        assertThat(outcome(index)).describedAs("block %d", index).isInstanceOf(String.class);
        return (String) outcome(index);
    }

    /** The block's bytes; gives the block back. */
    byte[] bytes(int index) {
        assertThat(outcome(index)).describedAs("block %d", index).isInstanceOf(FetchedBlock.class);
        FetchedBlock block = (FetchedBlock) outcome(index);
        ByteBuffer bytes = ByteBuffer.allocate((int) block.lengthBytes());
        block.buffers().forEach(bytes::put);
        assertThat(bytes.hasRemaining()).isFalse();
        block.release();
        return bytes.array();
    }

    /** Gives back all blocks that arrived. */
    synchronized void releaseAll() {
        for (Object outcome : outcomes) {
            if (outcome instanceof FetchedBlock block) {
                block.release();
            }
        }
    }

    /** Waits until a condition holds that no callback announces. */
    static void awaitThat(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).describedAs(what).isNegative();
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}

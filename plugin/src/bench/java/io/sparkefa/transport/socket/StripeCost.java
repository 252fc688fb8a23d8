package io.sparkefa.transport.socket;

import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A connection's account of one stripe, while other reads wait: a read of two stripes is added, taken, and arrives. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class StripeCost {

    private static final int STRIPE_BYTES = 512 << 10;
    private static final int STRIPES_PER_READ = 2;
    private static final ReadCompletion NOTHING = new ReadCompletion() {
        @Override
        public void onRead() {}

        @Override
        public void onReadFailed(TransportException cause) {}
    };

    @Param({"1", "10", "100", "1000"})
    private int waitingReads;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(STRIPES_PER_READ * STRIPE_BYTES);
    private ReadQueue queue;

    @Setup
    public void fill() {
        queue = new ReadQueue(STRIPE_BYTES);
        for (int i = 0; i < waitingReads; i++) {
            addRead();
        }
    }

    @Benchmark
    @OperationsPerInvocation(STRIPES_PER_READ)
    public Object takeAndArrive() {
        addRead();
        Stripe first = Objects.requireNonNull(queue.take());
        Stripe second = Objects.requireNonNull(queue.take());
        queue.arrived(first);
        return Objects.requireNonNull(queue.arrived(second));
    }

    private void addRead() {
        queue.add(new PendingRead(1, 0, memory, NOTHING));
    }
}

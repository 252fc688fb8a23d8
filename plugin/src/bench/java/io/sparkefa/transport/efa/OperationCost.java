package io.sparkefa.transport.efa;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A rail's account of one operation: added when posted, found and removed when completed, while others are in flight. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class OperationCost {

    private static final int READ_BYTES = 1 << 20;
    private static final Rail.Operation NOTHING = new Rail.Operation() {
        @Override
        public void onDone() {}

        @Override
        public void onFailed(RailFailure failure) {}
    };

    @Param({"1", "10", "100", "1000"})
    private int inFlight;

    private final Peer peer = new Peer(1, new byte[0]);
    private OperationTable table;
    private long[] contexts;
    private int oldest;

    @Setup
    public void fill() {
        table = new OperationTable(inFlight);
        contexts = new long[inFlight];
        for (int i = 0; i < inFlight; i++) {
            contexts[i] = add();
        }
    }

    @Benchmark
    public void completeOneAddOne() {
        table.remove(Objects.requireNonNull(table.find(contexts[oldest])));
        contexts[oldest] = add();
        oldest = oldest + 1 < inFlight ? oldest + 1 : 0;
    }

    private long add() {
        return table.add(NOTHING, peer, OperationTable.Slot.NO_BUFFER, READ_BYTES)
                .context();
    }
}

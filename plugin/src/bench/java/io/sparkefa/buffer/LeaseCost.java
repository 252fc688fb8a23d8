package io.sparkefa.buffer;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Leasing memory for an answer and giving it back, when the pool has it. One and two threads, one pool. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class LeaseCost {

    private static final long POOL_BYTES = 512L << 20;

    /** A short block, a long one, a request of Spark's (48 MB in five), and ten of those. */
    @Param({"4096", "1048576", "9600000", "96000000"})
    private long bytes;

    /** Requests of 4 KiB that have their memory meanwhile. */
    @Param({"0", "1000"})
    private int others;

    private BufferPool pool;
    private List<List<BufferLease>> held;

    @Setup
    public void open() {
        pool = new BufferPool("benchmark", POOL_BYTES, SlabSource.DIRECT);
        held = IntStream.range(0, others)
                .mapToObj(i -> pool.tryAcquire(4096).orElseThrow())
                .toList();
    }

    @TearDown
    public void close() {
        held.forEach(leases -> leases.forEach(BufferLease::close));
        pool.close();
    }

    @Benchmark
    @Threads(1)
    public void lease() {
        acquireAndRelease();
    }

    @Benchmark
    @Threads(2)
    public void leaseByTwoThreads() {
        acquireAndRelease();
    }

    private void acquireAndRelease() {
        for (BufferLease lease : pool.tryAcquire(bytes).orElseThrow()) {
            lease.close();
        }
    }
}

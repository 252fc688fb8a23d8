package io.sparkefa.transfer.protocol;

import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
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
import org.openjdk.jmh.annotations.Warmup;

/** The two messages of a request, there and back: FETCH, and LAYOUT with a checksum for each block. Divide by the blocks. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class MessageCost {

    private static final int WINDOW_BYTES = 13;

    @Param({"100", "1000", "10000"})
    private int blocks;

    private Message fetch;
    private Message layout;
    private ByteBuffer encodedFetch;
    private ByteBuffer encodedLayout;

    @Setup
    public void fill() {
        // One reduce partition of each of many maps, as Spark asks.
        fetch = new FetchMessage(
                1,
                16 << 10,
                IntStream.range(0, blocks)
                        .mapToObj(map -> new BlockKey(0, map, 7, 8))
                        .toList());
        layout = new LayoutMessage(
                1,
                IntStream.range(0, blocks)
                        .<BlockLayout>mapToObj(map -> new BlockLayout.Present(4096 + map, OptionalInt.of(map)))
                        .toList(),
                Optional.of(new WindowDescriptor(new byte[WINDOW_BYTES])),
                ByteBuffer.allocate(0));
        encodedFetch = fetch.encode();
        encodedLayout = layout.encode();
    }

    @Benchmark
    public ByteBuffer encodeFetch() {
        return fetch.encode();
    }

    @Benchmark
    public Message decodeFetch() throws ProtocolException {
        return Message.decode(encodedFetch.duplicate());
    }

    @Benchmark
    public ByteBuffer encodeLayout() {
        return layout.encode();
    }

    @Benchmark
    public Message decodeLayout() throws ProtocolException {
        return Message.decode(encodedLayout.duplicate());
    }
}

package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.measure.ProcessCpu;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Fetches single blocks, one at a time, and measures how long each takes.
 *
 * @param samples how many, unless that takes longer than {@code limitMs}
 * @param pauseUs between a block and the next
 * @param load blocks of which a stream comes from the same server meanwhile, or null
 */
public record MeasureLatency(
        DataSet data,
        int samples,
        long limitMs,
        long pauseUs,
        @Nullable DataSet load) implements Work<Figures> {

    /** So that the stream runs at its full rate when the first sample is taken. */
    private static final long LOAD_LEAD_NS = TimeUnit.MILLISECONDS.toNanos(200);

    @Override
    public Figures run(WorkContext context) {
        Executor server = context.server();
        return context.runOn(context.reader(), () -> measure(server));
    }

    private Figures measure(Executor server) throws Exception {
        long fallbacksBefore = FallbackCount.ofThisExecutor();
        Figures figures = load == null ? alone(server) : underLoad(server, load);
        return figures.with(Metric.FALLBACK_BLOCKS, (double) FallbackCount.ofThisExecutor() - fallbacksBefore);
    }

    private Figures alone(Executor server) throws Exception {
        try (FetchClient client = FetchClient.open()) {
            SingleFetches fetches = new SingleFetches(client, server, data);
            long self = ProcessHandle.current().pid();
            long cpuBeforeNs = ProcessCpu.ns(self, server.pid());
            long startNs = System.nanoTime();
            long[] timesNs = times(fetches);
            long elapsedNs = System.nanoTime() - startNs;
            long cpuNs = ProcessCpu.ns(self, server.pid()) - cpuBeforeNs;
            return Figures.ofTransfer(timesNs.length * data.blockBytes(), timesNs.length, elapsedNs, cpuNs)
                    .withTimes(timesNs);
        }
    }

    /** Rate and processor time would be those of the load. */
    private Figures underLoad(Executor server, DataSet stream) throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        ExecutorService loadThread = Executors.newSingleThreadExecutor();
        try (FetchClient client = FetchClient.open();
                FetchClient loadClient = FetchClient.open()) {
            StreamShape shape = StreamShape.ofSpark(BlockOrder.BY_REDUCER);
            Future<BlockStream.Outcome> loading =
                    loadThread.submit(() -> new BlockStream(loadClient, server, stream, shape, 0).until(enough::get));
            SingleFetches fetches = new SingleFetches(client, server, data);
            fetches.timesNs(1 << 16, LOAD_LEAD_NS, 0);
            long[] timesNs = times(fetches);
            enough.set(true);
            loading.get();
            return Figures.NONE.withTimes(timesNs);
        } finally {
            enough.set(true);
            loadThread.shutdownNow();
        }
    }

    private long[] times(SingleFetches fetches) throws Exception {
        return fetches.timesNs(samples, TimeUnit.MILLISECONDS.toNanos(limitMs), TimeUnit.MICROSECONDS.toNanos(pauseUs));
    }
}

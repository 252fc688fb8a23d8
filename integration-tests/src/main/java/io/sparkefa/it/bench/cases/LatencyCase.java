package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.BlockOrder;
import io.sparkefa.it.bench.work.DataSet;
import io.sparkefa.it.bench.work.MeasureLatency;
import io.sparkefa.it.bench.work.PrepareTransfer;
import io.sparkefa.it.bench.work.RemoveData;
import io.sparkefa.it.bench.work.StreamShape;
import org.jspecify.annotations.Nullable;

/**
 * A task waits for one small block, again and again.
 *
 * @param pauseUs between a block and the next
 * @param load what another task of the same executor streams from the same server meanwhile, or null
 * @param isQuick whether {@code --quick} has room for it
 */
record LatencyCase(
        String name, DataSet data, long pauseUs, @Nullable DataSet load, boolean isQuick) implements Case {
    /** More than there is time for. */
    private static final int MOST_SAMPLES = 1 << 18;
    /** Where a fetch waits for the next pause to end, or takes its turn among megabytes, there are fewer samples. */
    private static final int SLOW_TURN_IN_ROUNDS = 2;

    @Override
    public long blockBytes() {
        return data.blockBytes();
    }

    @Override
    public long blocks() {
        return data.blocks();
    }

    @Override
    public Metric primary() {
        return Metric.P50_MS;
    }

    @Override
    public boolean appliesTo(Contender contender) {
        return !isSlow() || !contender.isVariant();
    }

    private boolean isSlow() {
        return pauseUs > 0 || load != null;
    }

    @Override
    public void prepare(Contestant contestant, Pace pace) throws InterruptedException {
        StreamShape shape = StreamShape.ofSpark(BlockOrder.BY_REDUCER);
        contestant.ask(new PrepareTransfer(data, shape, 0));
        if (load != null) {
            contestant.ask(new PrepareTransfer(load, shape, 0));
        }
        contestant.ask(new MeasureLatency(data, MOST_SAMPLES, pace.warmUpMs(), pauseUs, load));
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace) throws InterruptedException {
        long limitMs = (isSlow() ? SLOW_TURN_IN_ROUNDS : 1) * (long) pace.roundMs();
        return contestant.ask(new MeasureLatency(data, MOST_SAMPLES, limitMs, pauseUs, load));
    }

    @Override
    public void finish(Contestant contestant) throws InterruptedException {
        contestant.ask(new RemoveData(data));
        if (load != null) {
            contestant.ask(new RemoveData(load));
        }
    }
}

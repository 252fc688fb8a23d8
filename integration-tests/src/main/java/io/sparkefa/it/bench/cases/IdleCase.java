package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.BlockOrder;
import io.sparkefa.it.bench.work.DataSet;
import io.sparkefa.it.bench.work.PrepareTransfer;
import io.sparkefa.it.bench.work.RemoveData;
import io.sparkefa.it.bench.work.StreamShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What an executor costs that has fetched, or served, and now does nothing. The busier one
 * counts. All contenders do nothing at the same time.
 */
final class IdleCase implements Case {
    /** Compilers and collectors have work for some seconds after the last fetch. */
    private static final long SETTLE_MS = 10_000;

    private static final long MEASURE_MS = 20_000;
    private static final long QUICK_MEASURE_MS = 10_000;

    private final DataSet data;

    /** @param data a little, to be fetched before */
    IdleCase(DataSet data) {
        this.data = data;
    }

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public Metric primary() {
        return Metric.CORE_PERCENT;
    }

    @Override
    public void run(List<Contestant> contestants, Pace pace, Recorder results) throws InterruptedException {
        List<Contestant> active = new ArrayList<>(contestants);
        StreamShape shape = StreamShape.ofSpark(BlockOrder.BY_REDUCER);
        Rotation.turn(active, results, contestant -> contestant.ask(new PrepareTransfer(data, shape, 0)));
        Thread.sleep(SETTLE_MS);
        Map<Contestant, long[]> beforeNs = new HashMap<>();
        Rotation.turn(active, results, contestant -> beforeNs.put(contestant, cpuNs(contestant)));
        long startNs = System.nanoTime();
        Thread.sleep(pace.quick() ? QUICK_MEASURE_MS : MEASURE_MS);
        Rotation.turn(active, results, contestant -> {
            long elapsedNs = System.nanoTime() - startNs;
            long[] afterNs = cpuNs(contestant);
            long[] startedNs = Objects.requireNonNull(beforeNs.get(contestant));
            long most = 0;
            for (int index = 0; index < afterNs.length; index++) {
                most = Math.max(most, afterNs[index] - startedNs[index]);
            }
            results.onRound(contestant, Figures.NONE.with(Metric.CORE_PERCENT, 100.0 * most / elapsedNs));
        });
        Rotation.turn(active, results, contestant -> contestant.ask(new RemoveData(data)));
    }

    /** Of each executor. */
    private static long[] cpuNs(Contestant contestant) {
        return contestant.executors().stream()
                .mapToLong(executor -> contestant.cpuNs(executor))
                .toArray();
    }
}

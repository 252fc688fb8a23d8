package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.SqlJoin;

/** A whole query of which the shuffle is a large part: both sides of a join are written, read, sorted and merged. */
record SqlJoinCase(String name, long rows, int partitions) implements Case {
    /** A query runs far more code than a fetch does. */
    private static final long WARM_UPS = 4;

    @Override
    public Metric primary() {
        return Metric.WALL_S;
    }

    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public void prepare(Contestant contestant, Pace pace) throws InterruptedException {
        contestant.ask(new SqlJoin(rows, partitions, WARM_UPS * pace.warmUpMs()));
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace, int round) throws InterruptedException {
        return contestant.ask(new SqlJoin(rows, partitions, 0));
    }
}

package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.JobData;
import io.sparkefa.it.bench.work.MeasureJob;
import io.sparkefa.it.bench.work.PrepareJob;
import io.sparkefa.it.bench.work.RemoveJob;

/** Stages of tasks that read what others wrote, through all that Spark has between a block and a record. */
record JobCase(String name, JobData data, boolean isQuick) implements Case {
    /** A stage runs far more code than a fetch does, and takes far longer. */
    private static final int WARM_UPS = 2;

    private static final int ROUNDS_IN_A_TURN = 2;

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
        return Metric.WALL_S;
    }

    @Override
    public int shares() {
        return 2;
    }

    @Override
    public boolean appliesTo(Contender contender) {
        return !contender.isVariant();
    }

    @Override
    public void prepare(Contestant contestant, Pace pace) throws InterruptedException {
        contestant.ask(new PrepareJob(data, (long) WARM_UPS * pace.warmUpMs()));
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace) throws InterruptedException {
        return contestant.ask(new MeasureJob(data, (long) ROUNDS_IN_A_TURN * pace.roundMs()));
    }

    @Override
    public void finish(Contestant contestant) throws InterruptedException {
        contestant.ask(new RemoveJob(data));
    }
}

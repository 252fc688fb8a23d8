package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.DataSet;
import io.sparkefa.it.bench.work.MeasureTransfer;
import io.sparkefa.it.bench.work.PrepareTransfer;
import io.sparkefa.it.bench.work.RemoveData;
import io.sparkefa.it.bench.work.StreamShape;
import java.nio.file.Path;

/** One executor fetches blocks from another one, as fast as it goes. */
record TransferCase(String name, DataSet data, StreamShape shape, Metric primary, Extent extent) implements Case {

    /** How much time is spent on the case, and by whom. */
    enum Extent {
        /** Also in {@code --quick}. */
        ALWAYS,
        NOT_QUICK,
        /** As one of several cases that differ in one number: no variants take part. */
        BRIEF,
        /** Each round fetches each block once, and there are few rounds; no variants take part. */
        ONCE
    }

    private static final int FEW_ROUNDS = 3;
    /** Besides what executors need anyway. */
    private static final long SPARE_BYTES = 4L << 30;

    @Override
    public long blockBytes() {
        return data.blockBytes();
    }

    @Override
    public long blocks() {
        return data.blocks();
    }

    @Override
    public boolean isQuick() {
        return extent == Extent.ALWAYS;
    }

    @Override
    public int shares() {
        return extent == Extent.ONCE ? 3 : 1;
    }

    @Override
    public int rounds(Pace pace) {
        return switch (extent) {
            case ALWAYS, NOT_QUICK -> pace.rounds();
            case BRIEF, ONCE -> Math.min(FEW_ROUNDS, pace.rounds());
        };
    }

    @Override
    public boolean appliesTo(Contender contender) {
        return switch (extent) {
            case ALWAYS, NOT_QUICK -> true;
            case BRIEF, ONCE -> !contender.isVariant();
        };
    }

    /** What is served, and where blocks go to disk, as much again. */
    @Override
    public String obstacle() {
        return SpaceCheck.obstacle(
                Path.of(data.folder()), (shape.toDisk() ? 2 * data.bytes() : data.bytes()) + SPARE_BYTES);
    }

    @Override
    public void prepare(Contestant contestant, Pace pace) throws InterruptedException {
        long warmUpMs = switch (extent) {
            case ALWAYS, NOT_QUICK -> pace.warmUpMs();
            case BRIEF -> pace.warmUpMs() / 2;
            case ONCE -> 0;
        };
        contestant.ask(new PrepareTransfer(data, shape, warmUpMs));
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace) throws InterruptedException {
        return contestant.ask(new MeasureTransfer(data, shape, extent == Extent.ONCE ? 0 : pace.roundMs()));
    }

    @Override
    public void finish(Contestant contestant) throws InterruptedException {
        contestant.ask(new RemoveData(data));
    }
}

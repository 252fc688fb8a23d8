package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.DataSet;
import io.sparkefa.it.bench.work.MeasureTransfer;
import io.sparkefa.it.bench.work.PrepareTransfer;
import io.sparkefa.it.bench.work.RemoveData;
import io.sparkefa.it.bench.work.StreamShape;

/**
 * One executor fetches blocks from another one, as fast as it goes.
 *
 * @param isQuick whether {@code --quick} has room for it
 */
record TransferCase(String name, DataSet data, StreamShape shape, Metric primary, boolean isQuick) implements Case {

    @Override
    public long blockBytes() {
        return data.blockBytes();
    }

    @Override
    public long blocks() {
        return data.blocks();
    }

    @Override
    public void prepare(Contestant contestant, Pace pace) throws InterruptedException {
        contestant.ask(new PrepareTransfer(data, shape, pace.warmUpMs()));
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace, int round) throws InterruptedException {
        return contestant.ask(new MeasureTransfer(data, shape, pace.roundMs()));
    }

    @Override
    public void finish(Contestant contestant) throws InterruptedException {
        contestant.ask(new RemoveData(data));
    }
}

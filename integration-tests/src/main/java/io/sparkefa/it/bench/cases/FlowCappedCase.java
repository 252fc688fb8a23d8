package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Cluster;
import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.fleet.ContestantException;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.harness.FlowCap;
import java.util.Map;

/** A transfer with every TCP flow capped, as clouds do: how much comes depends on how many flows it comes over. */
record FlowCappedCase(TransferCase transfer, FlowCap cap) implements Case {

    /** The most peers that any of these cases has. */
    static final int PEERS = 4;

    private static final int FLOWS = 8;

    /** What a cap allows hardly changes from round to round. */
    private static final int FEW_ROUNDS = 3;

    /** What a round may bring beyond the cap: bytes that were under way when it began. */
    private static final double TOLERANCE = 1.25;

    @Override
    public String name() {
        return transfer.name();
    }

    @Override
    public long blockBytes() {
        return transfer.blockBytes();
    }

    @Override
    public long blocks() {
        return transfer.blocks();
    }

    @Override
    public Metric primary() {
        return transfer.primary();
    }

    @Override
    public Cluster cluster() {
        return new Cluster(
                "capped",
                1 + PEERS,
                Map.of("spark.shuffle.efa.sockets.flows.max", Integer.toString(FLOWS)),
                cap.environment());
    }

    @Override
    public boolean appliesTo(Contender contender) {
        return contender == Contender.NETTY || contender == Contender.NETTY_8 || contender == Contender.SOCKETS;
    }

    @Override
    public int rounds(Pace pace) {
        return Math.min(FEW_ROUNDS, transfer.rounds(pace));
    }

    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public String obstacle() {
        String notCompiled = cap.compile();
        return notCompiled.isEmpty() ? transfer.obstacle() : notCompiled;
    }

    @Override
    public void prepare(Contestant contestant, Pace pace) throws InterruptedException {
        transfer.prepare(contestant, pace);
    }

    @Override
    public Figures measure(Contestant contestant, Pace pace) throws InterruptedException {
        Figures figures = transfer.measure(contestant, pace);
        int flows = contestant.contender() == Contender.NETTY ? 1 : FLOWS;
        double limitGb = TOLERANCE * flows * transfer.shape().servers() * FlowCap.BYTES_PER_SECOND_AND_FLOW / 1e9;
        double gbPerSecond = figures.get(Metric.GB_PER_S).orElse(0);
        if (gbPerSecond > limitGb) {
            throw new ContestantException(
                    "its flows are not capped: " + gbPerSecond + " GB/s, where the cap allows " + limitGb, "");
        }
        return figures;
    }

    @Override
    public void finish(Contestant contestant) throws InterruptedException {
        transfer.finish(contestant);
    }
}

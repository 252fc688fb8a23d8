package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.cases.TransferCase.Extent;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.BlockOrder;
import io.sparkefa.it.bench.work.DataSet;
import io.sparkefa.it.bench.work.JobData;
import io.sparkefa.it.bench.work.JobKind;
import io.sparkefa.it.bench.work.StreamShape;
import io.sparkefa.it.harness.FlowCap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All cases, in the order in which they run: those with the same cluster follow each other, and those for which something is to be
 * reached come before the others, for which there may be no time left.
 */
public final class Cases {
    /** Spark counts its shuffles up from 0. */
    private static final int FIRST_SHUFFLE = 1_000_000;

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private static final StreamShape BY_REDUCER = StreamShape.ofSpark(BlockOrder.BY_REDUCER);
    private static final StreamShape BY_MAP = StreamShape.ofSpark(BlockOrder.BY_MAP);

    private final Path files;
    private final FlowCap flowCap = new FlowCap();
    private final List<Case> cases = new ArrayList<>();
    private int nextShuffle = FIRST_SHUFFLE;

    private Cases(Path files) {
        this.files = files;
    }

    /** @param files a folder for the bytes that are served */
    public static List<Case> all(Path files) {
        Cases all = new Cases(files);
        all.flowCapped();
        all.transfer();
        all.add(new LatencyCase("latency/idle", all.data(100, 1, 4 * KIB), 0, null, true));
        all.add(new LatencyCase("latency/loaded", all.data(100, 1, 4 * KIB), 0, all.data(128, 1, MIB), false));
        all.jobs();
        all.add(new IdleCase(all.data(8, 8, 4 * KIB)));
        all.add(new PeersCase("peers-2000", 2_000));
        all.scaling();
        all.concurrency();
        all.large();
        all.add(new LatencyCase("latency/paced", all.data(100, 1, 4 * KIB), 1_000, null, false));
        return all.cases;
    }

    private void add(Case one) {
        cases.add(one);
    }

    private DataSet data(int maps, int reducers, long blockBytes) {
        return new DataSet(files.toString(), nextShuffle++, maps, reducers, blockBytes);
    }

    /** What follows the slash says how the blocks lie: each in another file, or next to each other in few files. */
    private void transfer() {
        bothWays("transfer-256B", 2_000, 8, 256, Metric.BLOCKS_PER_S);
        bothWays("transfer-4KiB", 2_000, 8, 4 * KIB, Metric.BLOCKS_PER_S);
        bothWays("transfer-48KiB", 1_000, 4, 48 * KIB, Metric.GB_PER_S);
        bothWays("transfer-1MiB", 128, 2, MIB, Metric.GB_PER_S);
    }

    private void bothWays(String name, int many, int few, long blockBytes, Metric primary) {
        // As Spark has it, but no request is for more blocks than a task has of the smallest ones.
        add(new TransferCase(
                name + "/many-maps",
                data(many, few, blockBytes),
                BY_REDUCER.withRequestsUpTo(Long.MAX_VALUE, 8_000),
                primary,
                Extent.ALWAYS));
        add(new TransferCase(
                name + "/many-reducers",
                data(few, many, blockBytes),
                BY_MAP.withRequestsUpTo(Long.MAX_VALUE, 8_000),
                primary,
                Extent.NOT_QUICK));
    }

    /** Requests of 12 blocks, as a task makes them that fetches from many servers: all of them together have room in one reader. */
    private void concurrency() {
        for (int clients : new int[] {1, 8, 64}) {
            add(new TransferCase(
                    "concurrency/" + clients,
                    data(1_000, 4, 48 * KIB),
                    BY_REDUCER.withRequestsUpTo(Long.MAX_VALUE, 12).withClients(clients),
                    Metric.GB_PER_S,
                    Extent.BRIEF));
        }
    }

    /** The same requests, of ten and a hundred times as many blocks, in as many more files, or in the same number. */
    private void scaling() {
        for (int maps : new int[] {100, 1_000, 10_000}) {
            scaling("scaling-maps/" + maps, data(maps, 4, 4 * KIB));
        }
        for (int reducers : new int[] {4, 40, 400}) {
            scaling("scaling-blocks/" + 100 * reducers, data(100, reducers, 4 * KIB));
        }
    }

    private void scaling(String name, DataSet data) {
        add(new TransferCase(
                name, data, BY_REDUCER.withRequestsUpTo(Long.MAX_VALUE, 400), Metric.CPU_US_PER_BLOCK, Extent.BRIEF));
    }

    private void large() {
        add(new TransferCase("transfer-64MiB", data(4, 1, 64 * MIB), BY_REDUCER, Metric.GB_PER_S, Extent.NOT_QUICK));
        add(new TransferCase(
                "transfer-4GiB-to-disk",
                data(1, 1, 4096L * MIB),
                BY_REDUCER.intoFiles(),
                Metric.GB_PER_S,
                Extent.ONCE));
    }

    private void jobs() {
        add(new JobCase("job/8KiB", new JobData("8KiB", JobKind.RECORDS, 400, 16, 8 * KIB, 8 * KIB), true));
        add(new JobCase("job/1MiB", new JobData("1MiB", JobKind.RECORDS, 32, 8, MIB, 64 * KIB), false));
        add(new JobCase("job/sql-join", new JobData("join", JobKind.JOIN, 500, 4, 8 * KIB, KIB), false));
    }

    /** One block at a time from each peer, or many; together no more than Spark has in flight, but for a single block. */
    private void flowCapped() {
        flowCapped("flow-capped-1-peer", 1, data(1, 1, 64 * MIB));
        flowCapped("flow-capped-4-peers", FlowCappedCase.PEERS, data(1, 1, 12 * MIB));
    }

    private void flowCapped(String name, int peers, DataSet oneBlock) {
        StreamShape shape = BY_REDUCER.withServers(peers);
        add(new FlowCappedCase(
                new TransferCase(name + "/one-block", oneBlock, shape, Metric.GB_PER_S, Extent.NOT_QUICK), flowCap));
        add(new FlowCappedCase(
                new TransferCase(name + "/many-blocks", data(128, 1, MIB), shape, Metric.GB_PER_S, Extent.NOT_QUICK),
                flowCap));
    }
}

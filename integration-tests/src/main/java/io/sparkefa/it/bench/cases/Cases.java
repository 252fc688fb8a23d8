package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.work.BlockOrder;
import io.sparkefa.it.bench.work.DataSet;
import io.sparkefa.it.bench.work.StreamShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All cases, in the order in which they run: those with the same cluster follow each other. */
public final class Cases {
    /** Spark counts its shuffles up from 0. */
    private static final int FIRST_SHUFFLE = 1_000_000;

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final Path files;
    private final List<Case> cases = new ArrayList<>();
    private int nextShuffle = FIRST_SHUFFLE;

    private Cases(Path files) {
        this.files = files;
    }

    /** @param files a folder for the bytes that are served */
    public static List<Case> all(Path files) {
        Cases all = new Cases(files);
        all.transfer();
        return all.cases;
    }

    private DataSet data(int maps, int reducers, long blockBytes) {
        return new DataSet(files.toString(), nextShuffle++, maps, reducers, blockBytes);
    }

    /** A case name's last word says how the blocks lie: each in another file, or next to each other in few files. */
    private void transfer() {
        bothWays("transfer-256B", 2_000, 8, 256, Metric.BLOCKS_PER_S);
        bothWays("transfer-4KiB", 2_000, 8, 4 * KIB, Metric.BLOCKS_PER_S);
        bothWays("transfer-48KiB", 1_000, 4, 48 * KIB, Metric.GB_PER_S);
        bothWays("transfer-1MiB", 128, 2, MIB, Metric.GB_PER_S);
    }

    private void bothWays(String name, int many, int few, long blockBytes, Metric primary) {
        cases.add(new TransferCase(
                name + "/many-maps", data(many, few, blockBytes), shape(BlockOrder.BY_REDUCER), primary, true));
        cases.add(new TransferCase(
                name + "/many-reducers", data(few, many, blockBytes), shape(BlockOrder.BY_MAP), primary, false));
    }

    /** As Spark has it, but no request is for more blocks than a task has of so small ones. */
    private static StreamShape shape(BlockOrder order) {
        return StreamShape.ofSpark(order).withRequestsUpTo(Long.MAX_VALUE, 8_000);
    }
}

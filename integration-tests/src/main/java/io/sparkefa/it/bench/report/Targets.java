package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What the plugin is to reach, over sockets and over EFA on the emulated device. */
final class Targets {

    private final List<Target> targets = new ArrayList<>();

    private Targets() {}

    static List<Target> all() {
        Targets all = new Targets();
        all.ratios("transfer-(256B|4KiB)/.*", Metric.BLOCKS_PER_S, 10, 10);
        all.ratios("transfer-4KiB/.*", Metric.CPU_US_PER_BLOCK, 1 / 8.0, 1 / 8.0);
        // GB per CPU second, twice as many: half the CPU seconds per GB.
        all.ratios("transfer-48KiB/.*", Metric.CPU_S_PER_GB, 1 / 2.0, 1 / 2.0);
        all.ratios("transfer-1MiB/.*", Metric.CPU_S_PER_GB, 1 / 1.2, 1 / 1.5);
        all.ratios("transfer-1MiB/.*", Metric.GB_PER_S, 1.1, 1.5);
        all.add("flow-capped-1-peer/.*", Contender.SOCKETS, Metric.GB_PER_S, 7.6);
        all.targets.add(new Target(
                Pattern.compile("flow-capped-1-peer/.*"), Contender.SOCKETS, Metric.GB_PER_S, Contender.NETTY_8, 1.6));
        all.ratios("latency/idle", Metric.P50_MS, 0.7, 0.5);
        all.ratios("latency/idle", Metric.P99_MS, 0.7, 0.5);
        all.ratios("job/8KiB", Metric.FETCH_WAIT_S, 0.3, 0.3);
        all.ratios("job/8KiB", Metric.WALL_S, 0.7, 0.7);
        all.ratios("job/1MiB", Metric.WALL_S, 1.0, 1.0);
        all.bounds("idle", Metric.CORE_PERCENT, 0.5);
        all.bounds("peers.*", Metric.HEAP_KIB_PER_PEER, 4);
        // None, that is; what is measured may be a thread more or less for thousands of peers.
        all.bounds("peers.*", Metric.THREADS_PER_PEER, 0.01);
        return all.targets;
    }

    private void ratios(String cases, Metric metric, double sockets, double efa) {
        add(cases, Contender.SOCKETS, metric, sockets);
        add(cases, Contender.EFA, metric, efa);
    }

    private void add(String cases, Contender contender, Metric metric, double ratio) {
        targets.add(new Target(Pattern.compile(cases), contender, metric, Contender.NETTY, ratio));
    }

    private void bounds(String cases, Metric metric, double bound) {
        targets.add(new Target(Pattern.compile(cases), Contender.SOCKETS, metric, null, bound));
        targets.add(new Target(Pattern.compile(cases), Contender.EFA, metric, null, bound));
    }
}

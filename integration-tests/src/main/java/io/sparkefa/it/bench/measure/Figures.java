package io.sparkefa.it.bench.measure;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;

/** What one contender reached in one round of a case: a value for some of the metrics. Immutable. */
public final class Figures implements Serializable {
    private static final long serialVersionUID = 1;
    private static final double GB = 1e9;
    private static final double NS_PER_S = 1e9;

    public static final Figures NONE = new Figures(new EnumMap<>(Metric.class));

    private final EnumMap<Metric, Double> values;

    private Figures(EnumMap<Metric, Double> values) {
        this.values = values;
    }

    /**
     * The figures of a transfer.
     *
     * @param cpuNs of all processes that took part
     */
    public static Figures ofTransfer(long bytes, long blocks, long elapsedNs, long cpuNs) {
        double seconds = elapsedNs / NS_PER_S;
        double cpuSeconds = cpuNs / NS_PER_S;
        return NONE.with(Metric.GB_PER_S, bytes / GB / seconds)
                .with(Metric.BLOCKS_PER_S, blocks / seconds)
                .with(Metric.CPU_S_PER_GB, cpuSeconds / (bytes / GB))
                .with(Metric.CPU_US_PER_BLOCK, cpuSeconds * 1e6 / blocks);
    }

    public Figures with(Metric metric, double value) {
        EnumMap<Metric, Double> more = new EnumMap<>(values);
        more.put(metric, value);
        return new Figures(more);
    }

    /** Adds the median and the 99th percentile of these times. */
    public Figures withTimes(long[] timesNs) {
        return timesNs.length == 0
                ? this
                : with(Metric.P50_MS, Statistics.quantile(timesNs, 0.5) / 1e6)
                        .with(Metric.P99_MS, Statistics.quantile(timesNs, 0.99) / 1e6);
    }

    public OptionalDouble get(Metric metric) {
        Double value = values.get(metric);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    public Map<Metric, Double> all() {
        return Map.copyOf(values);
    }

    @Override
    public String toString() {
        return values.toString();
    }
}

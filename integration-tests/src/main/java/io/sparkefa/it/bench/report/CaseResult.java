package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.measure.Statistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** What a case has found: each contender's figures of each round. Filled by one thread. */
public final class CaseResult {

    private final String name;
    private final long blockBytes;
    private final long blocks;
    private final Metric primary;
    private final Map<Contender, List<Figures>> rounds = new EnumMap<>(Contender.class);
    private final Map<Contender, String> failures = new EnumMap<>(Contender.class);

    public CaseResult(String name, long blockBytes, long blocks, Metric primary) {
        this.name = name;
        this.blockBytes = blockBytes;
        this.blocks = blocks;
        this.primary = primary;
    }

    /** To be called in the order of the rounds, so that equal indices of two contenders are of the same round. */
    public void add(Contender contender, Figures figures) {
        rounds.computeIfAbsent(contender, first -> new ArrayList<>()).add(figures);
    }

    public void fail(Contender contender, String reason) {
        failures.put(contender, reason);
    }

    public String name() {
        return name;
    }

    public long blockBytes() {
        return blockBytes;
    }

    public long blocks() {
        return blocks;
    }

    public Metric primary() {
        return primary;
    }

    /** Those that have figures. */
    public Set<Contender> contenders() {
        return rounds.keySet();
    }

    public List<Figures> rounds(Contender contender) {
        return rounds.getOrDefault(contender, List.of());
    }

    public Map<Contender, String> failures() {
        return failures;
    }

    /** The median of all rounds. */
    public OptionalDouble median(Contender contender, Metric metric) {
        List<Double> samples = samples(contender, metric);
        return samples.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Statistics.median(samples));
    }

    /** Half the way from the worst to the best round, as a share of the median. */
    public OptionalDouble spread(Contender contender, Metric metric) {
        List<Double> samples = samples(contender, metric);
        return samples.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Statistics.spread(samples));
    }

    private List<Double> samples(Contender contender, Metric metric) {
        List<Double> samples = new ArrayList<>();
        for (Figures figures : rounds(contender)) {
            figures.get(metric).ifPresent(samples::add);
        }
        return samples;
    }

    /** The median of the ratios of the rounds that both have figures of: what disturbed a round has disturbed both. */
    public OptionalDouble ratio(Contender contender, Contender baseline, Metric metric) {
        List<Figures> ours = rounds(contender);
        List<Figures> theirs = rounds(baseline);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < Math.min(ours.size(), theirs.size()); round++) {
            OptionalDouble our = ours.get(round).get(metric);
            OptionalDouble their = theirs.get(round).get(metric);
            if (our.isPresent() && their.isPresent() && their.getAsDouble() != 0) {
                ratios.add(our.getAsDouble() / their.getAsDouble());
            }
        }
        return ratios.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Statistics.median(ratios));
    }
}

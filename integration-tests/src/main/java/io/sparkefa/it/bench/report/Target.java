package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Metric;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Something to reach.
 *
 * @param cases whose names match
 * @param baseline whose median the contender's is divided by, round by round; null when the bound is for the figure itself
 * @param bound at least, where more is better, at most, where less is
 */
record Target(
        Pattern cases,
        Contender contender,
        Metric metric,
        @Nullable Contender baseline,
        double bound) {

    /** What the case has found, or nothing when it does not have the figures. */
    OptionalDouble value(CaseResult result) {
        return baseline == null ? result.median(contender, metric) : result.ratio(contender, baseline, metric);
    }

    boolean appliesTo(CaseResult result) {
        return cases.matcher(result.name()).matches();
    }

    /** Whether somebody whose figures it takes did not get to the end of the case: those that there are say little. */
    boolean hasFailed(CaseResult result) {
        return result.failures().containsKey(contender)
                || (baseline != null && result.failures().containsKey(baseline));
    }

    boolean isMet(double value) {
        return metric.moreIsBetter() ? value >= bound : value <= bound;
    }

    /** As in {@code ≥ 10 × netty}. */
    String wanted() {
        String limit = (metric.moreIsBetter() ? "≥ " : "≤ ") + Numbers.shortly(bound);
        return baseline == null ? limit : limit + " × " + baseline.label();
    }
}

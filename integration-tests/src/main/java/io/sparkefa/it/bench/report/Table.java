package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** Results as text for people. */
final class Table {
    private static final String ROW = "  %-17s";
    private static final String CELL = "  %22s";

    private Table() {}

    static String of(CaseResult result) {
        StringBuilder text = new StringBuilder();
        text.append(result.name());
        int rounds = result.contenders().stream()
                .mapToInt(contender -> result.rounds(contender).size())
                .max()
                .orElse(0);
        text.append(String.format(Locale.ROOT, "  (%d %s", rounds, rounds == 1 ? "round" : "rounds"));
        if (result.blocks() > 0) {
            text.append(String.format(
                    Locale.ROOT, ", %,d blocks of %s", result.blocks(), Numbers.bytes(result.blockBytes())));
        }
        text.append(")\n");
        List<Metric> metrics = metrics(result);
        text.append(String.format(ROW, ""));
        metrics.forEach(metric -> text.append(String.format(CELL, metric.label())));
        text.append('\n');
        for (Contender contender : result.contenders()) {
            text.append(String.format(ROW, contender.label()));
            metrics.forEach(metric -> text.append(String.format(CELL, cell(result, contender, metric))));
            text.append('\n');
        }
        result.failures()
                .forEach((contender, reason) -> text.append(String.format(ROW, contender.label()))
                        .append("  FAILED: ")
                        .append(reason)
                        .append('\n'));
        for (Contender contender : result.contenders()) {
            OptionalDouble fallbacks = result.median(contender, Metric.FALLBACK_BLOCKS);
            if (fallbacks.orElse(0) > 0) {
                text.append(String.format(
                        Locale.ROOT,
                        "  note: %s left %,.0f blocks per round to Spark's own client%n",
                        contender.label(),
                        fallbacks.getAsDouble()));
            }
        }
        return text.toString();
    }

    private static List<Metric> metrics(CaseResult result) {
        return Stream.of(Metric.values())
                .filter(metric -> metric != Metric.FALLBACK_BLOCKS)
                .filter(metric -> result.contenders().stream()
                        .anyMatch(contender -> result.median(contender, metric).isPresent()))
                .toList();
    }

    /** The median, and where there is another one to compare with, the ratio; of the first metric also the spread. */
    private static String cell(CaseResult result, Contender contender, Metric metric) {
        OptionalDouble median = result.median(contender, metric);
        if (median.isEmpty()) {
            return "-";
        }
        StringBuilder cell = new StringBuilder(Numbers.shortly(median.getAsDouble()));
        if (metric == result.primary()) {
            cell.append(String.format(
                    Locale.ROOT,
                    " ±%.0f%%",
                    100 * result.spread(contender, metric).orElse(0)));
        }
        OptionalDouble ratio = result.ratio(contender, contender.baseline(), metric);
        if (contender != contender.baseline() && ratio.isPresent()) {
            cell.append(" (x").append(Numbers.shortly(ratio.getAsDouble())).append(')');
        }
        return cell.toString();
    }

    /** Which targets are met, and in which cases the plugin is slower than stock Spark. */
    static String ofTargets(List<CaseResult> results) {
        List<String> lines = new ArrayList<>(List.of("Targets (medians of ratios within each round)"));
        int met = 0;
        int measured = 0;
        for (Target target : Targets.all()) {
            for (CaseResult result : results) {
                if (!target.appliesTo(result)) {
                    continue;
                }
                OptionalDouble value = target.value(result);
                boolean hasFailed = target.hasFailed(result);
                if (value.isPresent() || hasFailed) {
                    boolean isMet = !hasFailed && target.isMet(value.getAsDouble());
                    measured++;
                    met += isMet ? 1 : 0;
                    lines.add(String.format(
                            Locale.ROOT,
                            "  %-6s  %-28s %-9s %-14s wanted %-18s is %s",
                            hasFailed ? "FAILED" : isMet ? "met" : "MISSED",
                            result.name(),
                            target.contender().label(),
                            target.metric().label(),
                            target.wanted(),
                            value.isPresent() ? Numbers.shortly(value.getAsDouble()) : "not known"));
                }
            }
        }
        lines.add("  " + met + " of " + measured + " met");
        lines.addAll(slowerThanStock(results));
        return String.join("\n", lines) + "\n";
    }

    private static List<String> slowerThanStock(List<CaseResult> results) {
        List<String> lines = new ArrayList<>();
        int compared = 0;
        for (CaseResult result : results) {
            if (!result.primary().isSpeed()) {
                continue;
            }
            for (Contender contender : List.of(Contender.SOCKETS, Contender.EFA)) {
                OptionalDouble ratio = result.ratio(contender, Contender.NETTY, result.primary());
                compared += ratio.isPresent() ? 1 : 0;
                if (ratio.isPresent()
                        && (result.primary().moreIsBetter() ? ratio.getAsDouble() < 1 : ratio.getAsDouble() > 1)) {
                    lines.add(String.format(
                            "  SLOWER  %-28s %-9s %-14s is %s of stock",
                            result.name(),
                            contender.label(),
                            result.primary().label(),
                            Numbers.shortly(ratio.getAsDouble())));
                }
            }
        }
        return lines.isEmpty() && compared > 0 ? List.of("  nothing is slower than stock Spark") : lines;
    }
}

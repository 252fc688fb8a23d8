package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Results as comma-separated values. A field is empty where a case does not measure it. */
final class ResultsCsv {
    private static final String HEADER = "case,transport,block_bytes,blocks,gb_per_s,blocks_per_s,cpu_s_per_gb,"
            + "cpu_us_per_block,p50_ms,p99_ms,ratio_to_netty";

    private static final List<Metric> COLUMNS = List.of(
            Metric.GB_PER_S,
            Metric.BLOCKS_PER_S,
            Metric.CPU_S_PER_GB,
            Metric.CPU_US_PER_BLOCK,
            Metric.P50_MS,
            Metric.P99_MS);

    private static final MathContext FIVE_DIGITS = new MathContext(5);

    private ResultsCsv() {}

    /** One line for each case and contender: medians of all rounds; the ratio is that of the case's primary metric, to {@link Contender#baseline}. */
    static List<String> medians(List<CaseResult> results) {
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (CaseResult result : results) {
            for (Contender contender : result.contenders()) {
                List<String> fields = new ArrayList<>(List.of(
                        result.name(),
                        contender.label(),
                        Long.toString(result.blockBytes()),
                        Long.toString(result.blocks())));
                COLUMNS.forEach(metric -> fields.add(number(result.median(contender, metric))));
                fields.add(number(result.ratio(contender, contender.baseline(), result.primary())));
                lines.add(String.join(",", fields));
            }
        }
        return lines;
    }

    /** One line for each single figure of each round. */
    static List<String> rounds(List<CaseResult> results) {
        List<String> lines = new ArrayList<>(List.of("case,transport,round,metric,value"));
        for (CaseResult result : results) {
            for (Contender contender : result.contenders()) {
                int round = 0;
                for (Figures figures : result.rounds(contender)) {
                    round++;
                    for (Map.Entry<Metric, Double> figure : new TreeMap<>(figures.all()).entrySet()) {
                        lines.add(String.join(
                                ",",
                                result.name(),
                                contender.label(),
                                Integer.toString(round),
                                figure.getKey().name().toLowerCase(Locale.ROOT),
                                number(OptionalDouble.of(figure.getValue()))));
                    }
                }
            }
        }
        return lines;
    }

    private static String number(OptionalDouble value) {
        return value.isEmpty()
                ? ""
                : new BigDecimal(value.getAsDouble(), FIVE_DIGITS)
                        .stripTrailingZeros()
                        .toPlainString();
    }
}

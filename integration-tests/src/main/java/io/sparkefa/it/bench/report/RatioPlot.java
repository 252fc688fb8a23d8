package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** One row for each case: how many times better than stock Netty each contender is in what the case is about. */
final class RatioPlot {
    private static final int WIDTH = 960;
    private static final int LEFT = 330;
    private static final int RIGHT = 30;
    private static final int TOP = 70;
    private static final int ROW = 24;
    private static final int BOTTOM = 40;

    private RatioPlot() {}

    /** Nothing when there is nothing to compare. */
    static String of(List<CaseResult> all) {
        List<CaseResult> results = all.stream()
                .filter(result -> result.primary().isSpeed())
                .filter(result -> others().stream()
                        .anyMatch(contender -> better(result, contender).isPresent()))
                .toList();
        if (results.isEmpty()) {
            return "";
        }
        List<Double> values = new ArrayList<>(List.of(1.0));
        for (CaseResult result : results) {
            others().forEach(contender -> better(result, contender).ifPresent(values::add));
        }
        int bottom = TOP + ROW * results.size();
        Svg drawing = new Svg(WIDTH, bottom + BOTTOM);
        drawing.text(16, 26, Svg.Anchor.START, 16, "Times better than stock Spark's Netty shuffle in the same run");
        Colours.legend(drawing, 24, 50, others());
        LogAxis axis = LogAxis.around(values, LEFT, WIDTH - RIGHT);
        for (double mark : axis.marks()) {
            boolean isOne = Math.abs(mark - 1) < 1e-9;
            drawing.line(
                    axis.at(mark),
                    TOP - 6,
                    axis.at(mark),
                    bottom,
                    isOne ? Colours.AXIS : Colours.GRID,
                    isOne ? 1.5 : 1);
            drawing.text(axis.at(mark), bottom + 18, Svg.Anchor.MIDDLE, 12, Numbers.shortly(mark) + "x");
        }
        for (int row = 0; row < results.size(); row++) {
            row(drawing, axis, results.get(row), TOP + ROW * row + ROW / 2.0);
        }
        return drawing.toString();
    }

    private static void row(Svg drawing, LogAxis axis, CaseResult result, double y) {
        String label = result.name() + ", " + result.primary().label();
        drawing.text(LEFT - 12, y + 4, Svg.Anchor.END, 12, label);
        drawing.line(LEFT, y, WIDTH - RIGHT, y, Colours.GRID, 0.5);
        for (Contender contender : others()) {
            better(result, contender).ifPresent(value -> drawing.dot(axis.at(value), y, Colours.of(contender)));
        }
    }

    private static OptionalDouble better(CaseResult result, Contender contender) {
        OptionalDouble ratio = result.ratio(contender, Contender.NETTY, result.primary());
        if (ratio.isEmpty() || ratio.getAsDouble() <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(result.primary().moreIsBetter() ? ratio.getAsDouble() : 1 / ratio.getAsDouble());
    }

    private static List<Contender> others() {
        return Contender.PLAIN.stream()
                .filter(contender -> contender != Contender.NETTY)
                .toList();
    }
}

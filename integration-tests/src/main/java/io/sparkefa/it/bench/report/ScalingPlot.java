package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.measure.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** What one block costs when there are ten and a hundred times as many: a curve for each contender, which should be flat. */
final class ScalingPlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 420;
    private static final int TOP = 90;
    private static final int BOTTOM = 360;
    private static final int PANEL = 400;
    private static final int LEFT = 70;
    private static final int GAP = 60;

    private ScalingPlot() {}

    /** Nothing when no such case was run. */
    static String of(List<CaseResult> all) {
        List<CaseResult> results = all.stream()
                .filter(result -> result.name().startsWith("scaling-"))
                .toList();
        List<Double> costs = new ArrayList<>();
        for (CaseResult result : results) {
            result.contenders().forEach(contender -> cost(result, contender).ifPresent(costs::add));
        }
        if (costs.isEmpty()) {
            return "";
        }
        Svg drawing = new Svg(WIDTH, HEIGHT);
        drawing.text(
                16, 26, Svg.Anchor.START, 16, "Processor time of both sides for each 4 KiB block, in microseconds");
        List<Contender> contenders = Stream.of(Contender.values())
                .filter(contender -> results.stream()
                        .anyMatch(result -> cost(result, contender).isPresent()))
                .toList();
        Colours.legend(drawing, 24, 50, contenders);
        LogAxis vertical = LogAxis.around(costs, BOTTOM, TOP);
        panel(drawing, vertical, LEFT, "map outputs of 4 blocks each", named(results, "scaling-maps/"));
        panel(drawing, vertical, LEFT + PANEL + GAP, "blocks in 100 map outputs", named(results, "scaling-blocks/"));
        return drawing.toString();
    }

    private static List<CaseResult> named(List<CaseResult> results, String prefix) {
        return results.stream()
                .filter(result -> result.name().startsWith(prefix))
                .toList();
    }

    private static void panel(Svg drawing, LogAxis vertical, int left, String title, List<CaseResult> points) {
        for (double mark : vertical.marks()) {
            drawing.line(left, vertical.at(mark), left + PANEL, vertical.at(mark), Colours.GRID, 1);
            drawing.text(left - 8, vertical.at(mark) + 4, Svg.Anchor.END, 12, Numbers.shortly(mark));
        }
        drawing.line(left, BOTTOM, left + PANEL, BOTTOM, Colours.AXIS, 1);
        drawing.text(left + PANEL / 2.0, BOTTOM + 42, Svg.Anchor.MIDDLE, 13, title);
        if (points.isEmpty()) {
            return;
        }
        List<Double> sizes = points.stream().map(ScalingPlot::size).toList();
        LogAxis horizontal = LogAxis.around(sizes, left, left + PANEL);
        for (double size : sizes) {
            drawing.text(horizontal.at(size), BOTTOM + 20, Svg.Anchor.MIDDLE, 12, Numbers.shortly(size));
        }
        for (Contender contender : Contender.values()) {
            curve(drawing, horizontal, vertical, contender, points);
        }
    }

    private static void curve(
            Svg drawing, LogAxis horizontal, LogAxis vertical, Contender contender, List<CaseResult> points) {
        double lastX = Double.NaN;
        double lastY = Double.NaN;
        for (CaseResult point : points) {
            OptionalDouble cost = cost(point, contender);
            if (cost.isPresent()) {
                double x = horizontal.at(size(point));
                double y = vertical.at(cost.getAsDouble());
                if (!Double.isNaN(lastX)) {
                    drawing.line(lastX, lastY, x, y, Colours.of(contender), 1.5);
                }
                drawing.dot(x, y, Colours.of(contender));
                lastX = x;
                lastY = y;
            }
        }
    }

    private static OptionalDouble cost(CaseResult result, Contender contender) {
        return result.median(contender, Metric.CPU_US_PER_BLOCK);
    }

    /** What follows the slash in the case's name. */
    private static double size(CaseResult result) {
        return Double.parseDouble(result.name().substring(result.name().indexOf('/') + 1));
    }
}

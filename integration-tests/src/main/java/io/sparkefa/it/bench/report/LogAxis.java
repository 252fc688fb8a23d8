package io.sparkefa.it.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * An axis on which equal ratios are equally far apart.
 *
 * @param least and {@code most}: the values at its ends, more than 0
 * @param start and {@code end}: where these lie, in pixels
 */
record LogAxis(double least, double most, double start, double end) {

    /** An axis that has room for these values and a little more. */
    static LogAxis around(List<Double> values, double start, double end) {
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
        return new LogAxis(least / 1.3, most * 1.3, start, end);
    }

    double at(double value) {
        return start + (end - start) * Math.log(value / least) / Math.log(most / least);
    }

    /** Values to be marked: 1, 2 and 5, and what is ten times as much or as little; only powers of ten on a long axis. */
    List<Double> marks() {
        boolean isLong = most / least > 2_000;
        List<Double> marks = new ArrayList<>();
        for (int exponent = (int) Math.floor(Math.log10(least)); Math.pow(10, exponent) <= most; exponent++) {
            for (double factor : isLong ? new double[] {1} : new double[] {1, 2, 5}) {
                double mark = factor * Math.pow(10, exponent);
                if (mark >= least && mark <= most) {
                    marks.add(mark);
                }
            }
        }
        return marks;
    }
}

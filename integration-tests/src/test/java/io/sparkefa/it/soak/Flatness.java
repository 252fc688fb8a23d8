package io.sparkefa.it.soak;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Whether a quantity stayed level. Its trend is the median of the slopes between all pairs of samples (Theil and Sen), which a third of
 * the samples may miss by any distance without moving it far; what that makes over the whole time must be within what is allowed.
 *
 * @param name of the quantity
 * @param allowedRise in the quantity's own unit, over the time of the samples; or a twentieth of its median, if that is more
 */
record Flatness(String name, long allowedRise) {

    /** Samples of less time say nothing. */
    static final int MIN_SAMPLES = 8;

    record Point(double seconds, double value) {}

    /** What the trend makes over the time from the first sample to the last. */
    static double rise(List<Point> points) {
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            for (int j = i + 1; j < points.size(); j++) {
                double seconds = points.get(j).seconds() - points.get(i).seconds();
                if (seconds > 0) {
                    slopes.add((points.get(j).value() - points.get(i).value()) / seconds);
                }
            }
        }
        return median(slopes)
                * (points.get(points.size() - 1).seconds() - points.get(0).seconds());
    }

    double allowed(List<Point> points) {
        return Math.max(allowedRise, median(points.stream().map(Point::value).toList()) / 20);
    }

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}

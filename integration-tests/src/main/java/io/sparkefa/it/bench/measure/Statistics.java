package io.sparkefa.it.bench.measure;

import java.util.Arrays;
import java.util.List;

/** Sums up samples. */
public final class Statistics {

    private Statistics() {}

    /** The middle value, or the mean of the two in the middle. */
    public static double median(List<Double> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("no samples");
        }
        double[] sorted =
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Half the distance from the smallest to the largest sample, as a share of the median. */
    public static double spread(List<Double> samples) {
        double smallest =
                samples.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double largest = samples.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        double median = median(samples);
        return median == 0 ? 0 : (largest - smallest) / 2 / median;
    }

    /**
     * The smallest sample that at least this share of all samples do not exceed.
     *
     * @param share more than 0, at most 1
     */
    public static long quantile(long[] samples, double share) {
        if (samples.length == 0 || share <= 0 || share > 1) {
            throw new IllegalArgumentException("no quantile " + share + " of " + samples.length + " samples");
        }
        long[] sorted = samples.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
}

package io.sparkefa.it.bench.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers for people: three digits that matter. */
final class Numbers {

    private Numbers() {}

    static String shortly(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) {
            return trimmed(String.format(Locale.ROOT, "%.2f", value / 1e6)) + "M";
        }
        if (size >= 1e4) {
            return trimmed(String.format(Locale.ROOT, "%.1f", value / 1e3)) + "k";
        }
        if (size >= 100) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        if (size >= 10) {
            return trimmed(String.format(Locale.ROOT, "%.1f", value));
        }
        if (size >= 1 || size == 0) {
            return trimmed(String.format(Locale.ROOT, "%.2f", value));
        }
        return new BigDecimal(value, new MathContext(3)).stripTrailingZeros().toPlainString();
    }

    /** Without zeros at the end. */
    private static String trimmed(String decimal) {
        return decimal.replaceFirst("\\.?0+$", "");
    }

    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB"};
        int unit = 0;
        long value = bytes;
        while (unit < units.length - 1 && value >= 1024 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + " " + units[unit];
    }
}

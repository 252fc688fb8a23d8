package io.sparkefa.it.bench.report;

import java.util.Locale;

/** Writes a drawing in the few shapes that a plot needs. Coordinates are pixels from the left and from the top. */
final class Svg {
    private static final String FONT = "font-family=\"Helvetica, Arial, sans-serif\"";

    /** Where a text lies, seen from its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    private final StringBuilder shapes = new StringBuilder();
    private final int width;
    private final int height;

    Svg(int width, int height) {
        this.width = width;
        this.height = height;
    }

    void line(double x1, double y1, double x2, double y2, String colour, double thickness) {
        shape(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>",
                x1,
                y1,
                x2,
                y2,
                colour,
                thickness));
    }

    void dot(double x, double y, String colour) {
        shape(String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\" fill-opacity=\"0.85\"/>",
                x,
                y,
                colour));
    }

    void text(double x, double y, Anchor anchor, int size, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        shape(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" fill=\"#222222\" %s>%s</text>",
                x,
                y,
                anchor.name().toLowerCase(Locale.ROOT),
                size,
                FONT,
                escaped));
    }

    private void shape(String element) {
        shapes.append(element).append('\n');
    }

    @Override
    public String toString() {
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d">
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                %3$s</svg>
                """.formatted(width, height, shapes);
    }
}

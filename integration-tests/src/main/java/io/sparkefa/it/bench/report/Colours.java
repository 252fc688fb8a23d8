package io.sparkefa.it.bench.report;

import io.sparkefa.it.bench.fleet.Contender;
import java.util.List;

/** The colours of the contenders, told apart by people who see red and green alike as well. */
final class Colours {
    static final String GRID = "#dddddd";
    static final String AXIS = "#555555";
    private static final int LEGEND_STEP = 90;

    private Colours() {}

    static String of(Contender contender) {
        return switch (contender) {
            case NETTY, NETTY_ENCRYPTED -> "#000000";
            case NETTY_8 -> "#999999";
            case SOCKETS, SOCKETS_ENCRYPTED -> "#0072b2";
            case EFA -> "#d55e00";
            case OFI_RXM -> "#009e73";
        };
    }

    /** In one line, from this point to the right. */
    static void legend(Svg drawing, double x, double y, List<Contender> contenders) {
        for (int index = 0; index < contenders.size(); index++) {
            Contender contender = contenders.get(index);
            drawing.dot(x + index * LEGEND_STEP, y - 4, of(contender));
            drawing.text(x + index * LEGEND_STEP + 9, y, Svg.Anchor.START, 12, contender.label());
        }
    }
}

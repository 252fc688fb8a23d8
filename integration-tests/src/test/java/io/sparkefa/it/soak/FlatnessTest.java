package io.sparkefa.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.it.soak.Flatness.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class FlatnessTest {

    private final SplittableRandom random = new SplittableRandom(7);
    private final Flatness flatness = new Flatness("bytes", 8 << 20);

    @Test
    void noiseAndOutliersAreLevel() {
        assertLevel(seconds -> 50e6 + random.nextDouble(-10e6, 10e6), true);
        assertLevel(seconds -> 50e6 + (random.nextInt(5) == 0 ? 200e6 : 0), true);
    }

    @Test
    void aStepUpAtTheBeginningIsLevelAndALeakIsNot() {
        assertLevel(seconds -> seconds < 60 ? 20e6 : 50e6, true);
        assertLevel(seconds -> 50e6 + 40e3 * seconds + random.nextDouble(-10e6, 10e6), false);
    }

    private void assertLevel(DoubleUnaryOperator value, boolean level) {
        List<Point> points = new ArrayList<>();
        for (double seconds = 0; seconds <= 480; seconds += 15) {
            points.add(new Point(seconds, value.applyAsDouble(seconds)));
        }
        assertThat(Flatness.rise(points) <= flatness.allowed(points))
                .as("rise of %s over %s", Flatness.rise(points), points)
                .isEqualTo(level);
    }
}

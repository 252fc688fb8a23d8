package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {

    private final ReplayWindow window = new ReplayWindow();

    private boolean take(long number) {
        boolean isNew = window.isNew(number);
        if (isNew) {
            window.add(number);
        }
        return isNew;
    }

    @Test
    void takesEachNumberOnce() {
        for (long number = 0; number < 5000; number++) {
            assertThat(take(number)).isTrue();
            assertThat(take(number)).isFalse();
            assertThat(take(number / 2)).isFalse();
        }
    }

    @Test
    void takesWhatWasOvertakenAsLongAsItRemembers() {
        assertThat(take(ReplayWindow.WIDTH)).isTrue();
        assertThat(take(1)).isTrue();
        assertThat(take(1)).isFalse();
        assertThat(take(0)).isFalse();
        assertThat(take(-1)).isFalse();
        assertThat(take(Long.MIN_VALUE)).isFalse();
        assertThat(take(ReplayWindow.WIDTH * 3L)).isTrue();
        assertThat(take(ReplayWindow.WIDTH)).isFalse();
        assertThat(take(ReplayWindow.WIDTH * 2L)).isFalse();
        assertThat(take(ReplayWindow.WIDTH * 2L + 1)).isTrue();
    }

    @Test
    void takesEverythingOnceInWhateverOrderItComes() {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> coming = new ArrayList<>();
        Set<Long> taken = new HashSet<>();
        long next = 0;
        for (int i = 0; i < 100_000; i++) {
            while (coming.size() < 300) {
                coming.add(next);
                coming.add(next++);
            }
            // Nothing is overtaken by as many as the window is wide.
            int at = coming.get(0) < next - 900 ? 0 : random.nextInt(coming.size());
            long number = coming.remove(at);
            assertThat(take(number)).isEqualTo(taken.add(number));
        }
    }
}

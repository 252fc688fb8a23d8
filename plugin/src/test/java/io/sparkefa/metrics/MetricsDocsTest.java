package io.sparkefa.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.docs.GeneratedRegion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The metrics page lists the counters that there are. */
class MetricsDocsTest {

    @Test
    void pageListsAllCounters() throws IOException {
        List<String> lines = new ArrayList<>(List.of("| counter | unit | what it counts |", "|---|---|---|"));
        for (ShuffleCounter counter : ShuffleCounter.values()) {
            lines.add("| `" + counter.metricName() + "` | "
                    + counter.unit().name().toLowerCase(Locale.ROOT) + " | " + counter.meaning() + " |");
        }
        new GeneratedRegion("docs/metrics.md", "counters").assertHolds(lines);
    }

    @Test
    void namesAreUnique() {
        assertThat(Arrays.stream(ShuffleCounter.values()).map(ShuffleCounter::metricName))
                .doesNotHaveDuplicates();
    }
}

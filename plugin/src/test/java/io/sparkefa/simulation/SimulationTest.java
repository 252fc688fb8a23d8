package io.sparkefa.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs from random seeds, for {@code -Dsparkefa.simulation.seconds}; one run alone with {@code -Dsparkefa.simulation.seed}. A
 * failure prints the seed, what the run was about, and what happened last.
 */
class SimulationTest {

    private static final String SECONDS = "sparkefa.simulation.seconds";
    private static final String SEED = "sparkefa.simulation.seed";
    private static final int DEFAULT_SECONDS = 12;

    private static final RecycledSlabs SLABS = new RecycledSlabs();

    /** What fails here fails on purpose, thousands of times, and the plugin would write of each. */
    @BeforeAll
    static void beQuiet() {
        Configurator.setLevel("io.sparkefa", Level.OFF);
    }

    @AfterAll
    static void beLoud() {
        Configurator.setLevel("io.sparkefa", Level.INFO);
    }

    private static Simulation.Result run(long seed) {
        Simulation.Result result = Simulation.run(seed, Sabotage.NONE, SLABS);
        assertThat(result.findings()).as(result.story()).isEmpty();
        return result;
    }

    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void nothingIsLost() {
        Long only = Long.getLong(SEED);
        if (only != null) {
            System.out.println(run(only).totals());
            return;
        }
        Totals totals = new Totals();
        long firstSeed = ThreadLocalRandom.current().nextLong();
        System.out.println("SimulationTest: seeds from " + firstSeed);
        long startNs = System.nanoTime();
        long endNs = startNs + TimeUnit.SECONDS.toNanos(Integer.getInteger(SECONDS, DEFAULT_SECONDS));
        for (long seed = firstSeed; System.nanoTime() - endNs < 0; seed++) {
            totals.add(run(seed).totals());
        }
        double minutes = (System.nanoTime() - startNs) / 60e9;
        System.out.printf(Locale.ROOT, "%.0f shuffles a minute; %s%n", totals.shuffles / minutes, totals);
    }

    /**
     * Seeds that have found a mistake, as long as scenarios are drawn as they are: a session that had lost as many answers as it may
     * have windows was refused for ever.
     */
    @ParameterizedTest
    @ValueSource(longs = {128, 1260, 1494})
    void whatWasFoundStaysAway(long seed) {
        run(seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theSameSeedIsTheSameRun(long seed) {
        Simulation.Result first = run(seed);
        Simulation.Result second = run(seed);
        assertThat(second.traceHash()).isEqualTo(first.traceHash());
        assertThat(second.totals().toString()).isEqualTo(first.totals().toString());
    }

    @ParameterizedTest
    @EnumSource(value = Sabotage.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void mistakesAreFound(Sabotage sabotage) {
        int found = 0;
        for (int seed = 0; seed < 20; seed++) {
            found += Simulation.run(seed, sabotage, new RecycledSlabs())
                            .findings()
                            .isEmpty()
                    ? 0
                    : 1;
        }
        assertThat(found).as("runs of 20 in which %s was found", sabotage).isGreaterThanOrEqualTo(10);
    }
}

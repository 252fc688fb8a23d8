package io.sparkefa.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fuzzing has found, and what it found its way with, as it is and slightly changed. */
class SeedReplayTest {

    private static final int CHANGES_PER_TARGET = 1_000;

    @ParameterizedTest
    @EnumSource
    void knownInputsDoNoHarm(FuzzTarget target) throws Exception {
        List<byte[]> seeds = target.seeds();
        assertThat(seeds).isNotEmpty();
        for (byte[] seed : seeds) {
            run(target, seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void norDoTheirNeighbours(FuzzTarget target) throws Exception {
        List<byte[]> seeds = target.seeds();
        SplittableRandom random =
                new SplittableRandom(ThreadLocalRandom.current().nextLong());
        for (int i = 0; i < CHANGES_PER_TARGET; i++) {
            run(target, changed(seeds.get(random.nextInt(seeds.size())), random));
        }
    }

    /** The failure's message holds the input, which is all that it takes to replay it: a line for the target's seeds. */
    private static void run(FuzzTarget target, byte[] input) {
        try {
            target.run(input);
        } catch (Throwable e) {
            throw new AssertionError(
                    target.title() + " fails with " + HexFormat.of().formatHex(input), e);
        }
    }

    private static byte[] changed(byte[] seed, SplittableRandom random) {
        byte[] changed = Arrays.copyOf(seed, random.nextInt(4) == 0 ? random.nextInt(seed.length + 9) : seed.length);
        for (int k = random.nextInt(4); k > 0 && changed.length > 0; k--) {
            int at = random.nextInt(changed.length);
            changed[at] = (byte) (random.nextBoolean() ? random.nextInt() : changed[at] ^ (1 << random.nextInt(8)));
        }
        return changed;
    }
}

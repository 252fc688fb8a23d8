package io.sparkefa.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.AllocationBound;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.network.util.ByteUnit;
import org.apache.spark.network.util.JavaUtils;

/**
 * Settings: either refused with the name of one of them, or within their bounds. An input is lines of {@code key=value}; of a
 * key that is a number, what counts is the declared key with this number.
 */
public final class ShuffleConfigFuzz {

    /** All keys are read whatever the input is, and a refusal compares a name with all of theirs. */
    private static final long READING_BYTES = 512 << 10;

    private ShuffleConfigFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, String> set = settings(new String(input, StandardCharsets.UTF_8));
        AllocationBound.check(input.length, READING_BYTES, () -> read(set));
        read(set).ifPresent(ShuffleConfigFuzz::checkBounds);
        set.values().forEach(ShuffleConfigFuzz::compareWithSpark);
    }

    private static Map<String, String> settings(String text) {
        List<ConfigKey<?>> declared = ConfigKeys.all();
        Map<String, String> set = new HashMap<>();
        for (String line : text.split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                String name = line.substring(0, equals);
                boolean isNumber = name.length() <= 2 && name.chars().allMatch(c -> c >= '0' && c <= '9');
                String key = isNumber
                        ? declared.get(Integer.parseInt(name) % declared.size()).name()
                        : ConfigKeys.PREFIX + name;
                set.put(key, line.substring(equals + 1));
            }
        }
        return set;
    }

    private static Optional<ShuffleConfig> read(Map<String, String> set) {
        try {
            return Optional.of(ShuffleConfig.read(key -> Optional.ofNullable(set.get(key)), set.keySet()));
        } catch (ConfigException e) {
            if (!set.containsKey(e.key())) {
                throw new AssertionError("blames " + e.key() + ", which is not set", e);
            }
            return Optional.empty();
        }
    }

    private static void checkBounds(ShuffleConfig config) {
        assertThat(config.fabric().chunkBytes()).isBetween(64 << 10, 1 << 20);
        assertThat(config.fabric().chunkMemoryBytes())
                .isGreaterThanOrEqualTo(config.fabric().chunkBytes());
        assertThat(config.fabric().peerTimeout()).isBetween(Duration.ofSeconds(1), Duration.ofHours(1));
        config.fabric().maxRails().ifPresent(rails -> assertThat(rails).isBetween(1, 32));
        assertThat(config.sockets().port()).isBetween(0, 65535);
        assertThat(config.sockets().stripeBytes()).isBetween(16 << 10, 16 << 20);
        assertThat(config.sockets().initialFlows())
                .isBetween(1, config.sockets().maxFlows().orElse(64));
        config.memory().maxBytes().ifPresent(bytes -> assertThat(bytes).isBetween(1L << 20, 1L << 40));
        assertThat(config.memory().waitTimeout()).isBetween(Duration.ZERO, Duration.ofHours(1));
        assertThat(config.server().stagingBlockThresholdBytes()).isBetween(0, 16 << 20);
        assertThat(config.server().maxSessions()).isBetween(1, 1_000_000);
        assertThat(config.server().maxWindowsPerSession()).isBetween(1, 1_000_000);
        assertThat(config.fetch().maxInlineBytes()).isBetween(0, 64 << 10);
        assertThat(config.fetch().maxBlocksPerRequest()).isBetween(1, 16_384);
        assertThat(config.peer().retryInterval())
                .isBetween(Duration.ofMillis(10), config.peer().maxRetryInterval());
    }

    /** What is a size or a time here is the same one to Spark. */
    private static void compareWithSpark(String value) {
        ByteSize.parse(value)
                .ifPresent(bytes ->
                        assertThat(JavaUtils.byteStringAs(value, ByteUnit.BYTE)).isEqualTo(bytes.longValue()));
        TimeSpan.parse(value)
                .filter(time -> time.compareTo(Duration.ofDays(365)) < 0)
                .ifPresent(time -> assertThat(JavaUtils.timeStringAsMs(value)).isEqualTo(time.toMillis()));
    }
}

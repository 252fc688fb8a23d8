package io.sparkefa.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.network.util.ByteUnit;
import org.apache.spark.network.util.JavaUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes and times mean what they mean to Spark, whose own parser is the judge. */
class SparkUnitsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "10",
                "64k",
                "64K",
                "64kb",
                "64KB",
                " 64k ",
                "64kib",
                "1b",
                "1B",
                "5m",
                "5mb",
                "5mib",
                "2g",
                "2gb",
                "2gib",
                "1t",
                "1tb",
                "1tib",
                "1p",
                "1pb",
                "1pib",
                "007",
                "9223372036854775807",
                "9223372036854775808",
                "99999999999999999999",
                "9000000t",
                "16384p",
                "8191p",
                "",
                " ",
                "k",
                "10x",
                "64 k",
                "0.5m",
                "1.5",
                "+5",
                "-1",
                "-5k",
                "1bb",
                "1ib",
                "1e3",
                "0x10",
                "64kk",
                "1_000"
            })
    void sizes(String text) {
        assertThat(ByteSize.parse(text)).isEqualTo(bySpark(text, it -> JavaUtils.byteStringAs(it, ByteUnit.BYTE)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "100",
                "10s",
                "10S",
                " 10s",
                "500ms",
                "500MS",
                "5m",
                "5min",
                "1h",
                "1d",
                "1us",
                "1999us",
                "",
                "s",
                "10 s",
                "1.5s",
                "10sec",
                "+5s",
                "10minutes",
                "1w",
                "5 min",
                "1e3s"
            })
    void times(String text) {
        assertThat(TimeSpan.parse(text).map(Duration::toMillis)).isEqualTo(bySpark(text, JavaUtils::timeStringAsMs));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-1s", "-0s"})
    void noTimeIsNegative(String text) {
        assertThat(TimeSpan.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999d", "106751991168d"})
    void longTimesDoNotOverflow(String text) {
        assertThat(TimeSpan.parse(text)).hasValue(Duration.ofMillis(Long.MAX_VALUE));
    }

    private static Optional<Long> bySpark(String text, Function<String, Long> parser) {
        try {
            return Optional.of(parser.apply(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

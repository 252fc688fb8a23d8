package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.fabric.LibraryVersion;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EfaDecisionTest {

    private static EfaDecision decide(String transport) {
        SparkConf conf = new SparkConf(false)
                .set("spark.shuffle.efa.transport", transport)
                .set("spark.shuffle.efa.fabric.library", "/nowhere/libfabric.so.1");
        return EfaDecision.of(SparkSettings.read(conf), conf);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sockets", "netty"})
    void isNotUsedWhenSomethingElseWasAskedFor(String transport) {
        EfaDecision decision = decide(transport);
        assertThat(decision.refusal()).hasValue("spark.shuffle.efa.transport is " + transport);
        assertThat(decision.libfabric()).isEmpty();
        assertThatCode(decision::check).doesNotThrowAnyException();
    }

    @Test
    void isDoneWithoutWhereItCannotBeHad() {
        EfaDecision decision = decide("auto");
        assertThat(decision.libfabric()).isEmpty();
        assertThat(decision.refusal())
                .hasValueSatisfying(reason -> assertThat(reason).isNotEmpty());
        assertThatCode(decision::check).doesNotThrowAnyException();
    }

    @Test
    void isAnErrorWhereItCannotBeHadAndWasAskedFor() {
        EfaDecision decision = decide("efa");
        assertThatThrownBy(decision::check)
                .isInstanceOf(EfaUnavailableException.class)
                .hasMessage("spark.shuffle.efa.transport is efa, but EFA cannot be used here: "
                        + decision.refusal().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({"1,17,false", "1,18,true", "2,4,true", "2,5,false", "2,6,false"})
    void isNotUsedForAnEncryptingApplicationWherePeersMayWrite(int major, int minor, boolean refused) {
        LibraryVersion libfabric = new LibraryVersion(major, minor);
        assertThat(EfaDecision.weakness(libfabric, Optional.empty())).isEmpty();
        assertThat(EfaDecision.weakness(libfabric, Optional.of("spark.ssl.rpc.enabled"))
                        .isPresent())
                .isEqualTo(refused);
    }
}

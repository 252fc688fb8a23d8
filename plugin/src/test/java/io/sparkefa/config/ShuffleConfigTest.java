package io.sparkefa.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transfer.protocol.FetchMessage;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShuffleConfigTest {

    @Test
    void defaultsAreWhatThePagesSay() {
        assertThat(ShuffleConfig.defaults())
                .isEqualTo(new ShuffleConfig(
                        TransportChoice.AUTO,
                        new ShuffleConfig.Fabric(
                                "efa", Optional.empty(), Optional.empty(), 1 << 20, 64 << 20, Duration.ofSeconds(30)),
                        new ShuffleConfig.Sockets(
                                0,
                                Optional.empty(),
                                2,
                                Optional.empty(),
                                Optional.empty(),
                                512 << 10,
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(15)),
                        new ShuffleConfig.Memory(Optional.empty(), Duration.ofSeconds(1)),
                        new ShuffleConfig.Server(
                                64 << 20,
                                16 << 10,
                                32 << 20,
                                Optional.empty(),
                                Optional.empty(),
                                Duration.ofSeconds(60),
                                10_000,
                                4096),
                        new ShuffleConfig.Fetch(16 << 10, 4096),
                        ChecksumMode.AUTO,
                        new ShuffleConfig.Peer(
                                Duration.ofSeconds(3),
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(10),
                                Duration.ofMinutes(5))));
    }

    @Test
    void everyKeyReachesItsPlace() {
        ShuffleConfig config = read(Map.ofEntries(
                Map.entry("transport", "Sockets"),
                Map.entry("fabric.provider", "tcp;ofi_rxm"),
                Map.entry("fabric.library", "/opt/libfabric.so.1"),
                Map.entry("fabric.maxRails", "2"),
                Map.entry("fabric.chunk", "512k"),
                Map.entry("fabric.chunkMemory", "65m"),
                Map.entry("fabric.peerTimeout", "31s"),
                Map.entry("sockets.port", "7447"),
                Map.entry("sockets.bindAddress", "127.0.0.1"),
                Map.entry("sockets.flows.initial", "3"),
                Map.entry("sockets.flows.max", "12"),
                Map.entry("sockets.threads", "4"),
                Map.entry("sockets.stripe", "1m"),
                Map.entry("sockets.flow.idleTimeout", "61s"),
                Map.entry("sockets.flow.stallTimeout", "16s"),
                Map.entry("memory.max", "1g"),
                Map.entry("memory.waitTimeout", "500ms"),
                Map.entry("server.staging.max", "65m"),
                Map.entry("server.staging.blockThreshold", "0"),
                Map.entry("server.indexCache", "33m"),
                Map.entry("server.openFiles", "513"),
                Map.entry("server.mapped.max", "3m"),
                Map.entry("server.idleTimeout", "62s"),
                Map.entry("server.maxSessions", "10001"),
                Map.entry("server.maxWindowsPerSession", "4097"),
                Map.entry("fetch.inlineMax", "17k"),
                Map.entry("fetch.maxBlocksPerRequest", "4098"),
                Map.entry("checksum", "always"),
                Map.entry("peer.connectTimeout", "4000"),
                Map.entry("peer.idleTimeout", "6min"),
                Map.entry("peer.retryInterval", "11s"),
                Map.entry("peer.retryIntervalMax", "1h")));

        assertThat(config)
                .isEqualTo(new ShuffleConfig(
                        TransportChoice.SOCKETS,
                        new ShuffleConfig.Fabric(
                                "tcp;ofi_rxm",
                                Optional.of("/opt/libfabric.so.1"),
                                Optional.of(2),
                                512 << 10,
                                65 << 20,
                                Duration.ofSeconds(31)),
                        new ShuffleConfig.Sockets(
                                7447,
                                Optional.of("127.0.0.1"),
                                3,
                                Optional.of(12),
                                Optional.of(4),
                                1 << 20,
                                Duration.ofSeconds(61),
                                Duration.ofSeconds(16)),
                        new ShuffleConfig.Memory(Optional.of(1L << 30), Duration.ofMillis(500)),
                        new ShuffleConfig.Server(
                                65 << 20,
                                0,
                                33 << 20,
                                Optional.of(513),
                                Optional.of(3L << 20),
                                Duration.ofSeconds(62),
                                10_001,
                                4097),
                        new ShuffleConfig.Fetch(17 << 10, 4098),
                        ChecksumMode.ALWAYS,
                        new ShuffleConfig.Peer(
                                Duration.ofSeconds(4),
                                Duration.ofMinutes(6),
                                Duration.ofSeconds(11),
                                Duration.ofHours(1))));
    }

    @ParameterizedTest
    @CsvSource({
        "transport, tcp, 'one of auto, efa, sockets, netty'",
        "transport, '', 'one of auto, efa, sockets, netty'",
        "fabric.library, '', auto or the path of a file",
        "fabric.maxRails, 0, auto or a whole number from 1 to 32",
        "fabric.chunk, 63k, a size from 64k to 1m",
        "sockets.port, 65536, a whole number from 0 to 65535",
        "sockets.port, -1, a whole number from 0 to 65535",
        "sockets.port, auto, a whole number from 0 to 65535",
        "sockets.bindAddress, '', auto or an address of this host",
        "sockets.flows.max, 0, auto or a whole number from 1 to 64",
        "sockets.flows.max, 65, auto or a whole number from 1 to 64",
        "sockets.flows.initial, 1.5, a whole number from 1 to 64",
        "sockets.stripe, 16383, a size from 16k to 16m",
        "sockets.stripe, 16777217, a size from 16k to 16m",
        "memory.max, 1023k, auto or a size from 1m to 1024g",
        "memory.max, -5g, auto or a size from 1m to 1024g",
        "memory.max, lots, auto or a size from 1m to 1024g",
        "memory.waitTimeout, -1s, a time from 0ms to 1h",
        "sockets.flow.stallTimeout, 999ms, a time from 1s to 1h",
        "peer.idleTimeout, 31d, a time from 1s to 30d",
        "checksum, never, 'one of auto, always'"
    })
    void aBadValueIsAnErrorWithKeyValueAndWhatIsAllowed(String key, String value, String allowed) {
        assertThatThrownBy(() -> read(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(ConfigKeys.PREFIX + key + " is '" + value + "'; allowed is " + allowed)
                .hasMessageContaining("(default ")
                .satisfies(error -> assertThat(((ConfigException) error).key()).isEqualTo(ConfigKeys.PREFIX + key));
    }

    @ParameterizedTest
    @CsvSource({
        "spark.shuffle.efa.memory.mx, (did you mean spark.shuffle.efa.memory.max?)",
        "spark.shuffle.efa.sockets.flow.max, (did you mean spark.shuffle.efa.sockets.flows.max?)",
        "spark.shuffle.efa.Transport, (did you mean spark.shuffle.efa.transport?)",
        "spark.shuffle.efa.sockets.flow.idletimeout, (did you mean spark.shuffle.efa.sockets.flow.idleTimeout?)"
    })
    void aMisspeltKeyIsAnErrorWithAHint(String key, String hint) {
        assertThatThrownBy(() -> ShuffleConfig.read(name -> Optional.empty(), Set.of(key, "spark.app.name")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("there is no setting " + key + " " + hint);
    }

    @Test
    void allUnknownKeysAreNamedAtOnce() {
        Set<String> keys = Set.of(
                "spark.shuffle.efa.zebra.stripes.wide",
                "spark.shuffle.efa.",
                "spark.shuffle.manager",
                "spark.shuffle.efax",
                "spark.shuffle.efa.transport");
        assertThatThrownBy(() -> ShuffleConfig.read(name -> Optional.empty(), keys))
                .isInstanceOf(ConfigException.class)
                .hasMessage("there is no setting spark.shuffle.efa., spark.shuffle.efa.zebra.stripes.wide");
    }

    @Test
    void whatIsSmallerThanADefaultLowersIt() {
        assertThat(read(Map.of("sockets.flows.max", "1")).sockets().initialFlows())
                .isEqualTo(1);
        assertThat(read(Map.of("sockets.flows.max", "9")).sockets().initialFlows())
                .isEqualTo(2);
        assertThat(read(Map.of("peer.retryIntervalMax", "2s")).peer().retryInterval())
                .isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void boundsFitTheProtocol() {
        String inline = String.valueOf(FetchMessage.MAX_INLINE_BYTES);
        String blocks = String.valueOf(FetchMessage.MAX_BLOCKS);
        assertThatCode(() -> read(Map.of("fetch.inlineMax", inline, "fetch.maxBlocksPerRequest", blocks)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> read(Map.of("fetch.inlineMax", "" + (FetchMessage.MAX_INLINE_BYTES + 1))))
                .isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> read(Map.of("fetch.maxBlocksPerRequest", "" + (FetchMessage.MAX_BLOCKS + 1))))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void everyKeyIsDeclaredProperly() {
        assertThat(ConfigKeys.all()).extracting(ConfigKey::name).doesNotHaveDuplicates();
        assertThat(ConfigKeys.all()).allSatisfy(key -> {
            assertThat(key.name()).matches("spark\\.shuffle\\.efa\\.[a-z][a-zA-Z.]*[a-z]");
            assertThat(key.doc()).endsWith(".").doesNotContain(". ", "\n", "|");
            assertThatCode(() -> key.read(name -> Optional.empty())).doesNotThrowAnyException();
        });
        long constants = Arrays.stream(ConfigKeys.class.getFields())
                .filter(field -> field.getType() == ConfigKey.class)
                .count();
        assertThat(ConfigKeys.all()).hasSize((int) constants);
    }

    private static ShuffleConfig read(Map<String, String> settings) {
        Map<String, String> full = new HashMap<>();
        settings.forEach((key, value) -> full.put(ConfigKeys.PREFIX + key, value));
        return ShuffleConfig.read(key -> Optional.ofNullable(full.get(key)), new HashSet<>(full.keySet()));
    }
}

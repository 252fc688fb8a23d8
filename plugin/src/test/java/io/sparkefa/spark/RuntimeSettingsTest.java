package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.efa.EfaSettings;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class RuntimeSettingsTest {

    private static final long MIB = 1 << 20;

    private record FakeMachine(int processors, long maxDirectMemoryBytes, boolean ownsHost, int mbps)
            implements RuntimeSettings.Machine {

        @Override
        public long memoryBytes() {
            return 64_000 * MIB;
        }

        @Override
        public long maxDescriptors() {
            return 4096;
        }

        @Override
        public boolean hasAddress(String host) {
            return ownsHost;
        }

        @Override
        public int linkMbps(String host) {
            return mbps;
        }
    }

    private static final FakeMachine MACHINE = new FakeMachine(4, 4096 * MIB, true, 100_000);

    private final SparkConf conf = new SparkConf(false);

    private RuntimeSettings on(FakeMachine machine) {
        return RuntimeSettings.of(SparkSettings.read(conf), conf, "10.0.0.1", machine);
    }

    @Test
    void keepsHalfOfTheDescriptorsForMapOutputs() {
        assertThat(on(MACHINE).maxOpenFiles()).isEqualTo(2048);

        conf.set("spark.shuffle.efa.server.openFiles", "7");
        assertThat(on(MACHINE).maxOpenFiles()).isEqualTo(7);
    }

    @Test
    void mapsLittleWhereMappedPagesCountAsMemory() {
        assertThat(on(MACHINE).maxMappedBytes()).isEqualTo(16_000 * MIB);

        conf.set("spark.master", "yarn");
        assertThat(on(MACHINE).maxMappedBytes()).isEqualTo(64 * MIB);

        conf.set("spark.shuffle.efa.server.mapped.max", "5m");
        assertThat(on(MACHINE).maxMappedBytes()).isEqualTo(5 * MIB);
    }

    @Test
    void holdsTwiceWhatAllTasksHaveInFlight() {
        assertThat(on(MACHINE).receiveBytes()).isEqualTo(2 * 48 * MIB * 4);

        conf.set("spark.executor.cores", "24").set("spark.task.cpus", "2").set("spark.reducer.maxSizeInFlight", "10m");
        assertThat(on(MACHINE).receiveBytes()).isEqualTo(2 * 10 * MIB * 12);

        conf.set("spark.executor.cores", "2");
        assertThat(on(MACHINE).receiveBytes()).as("of one request").isEqualTo(225 * MIB);
        conf.set("spark.network.maxRemoteBlockSizeFetchToMem", "80m");
        assertThat(on(MACHINE).receiveBytes()).isEqualTo(90 * MIB);

        conf.set("spark.reducer.maxSizeInFlight", "2g");
        assertThat(on(MACHINE).receiveBytes()).as("half of the direct memory").isEqualTo(2048 * MIB);

        conf.set("spark.shuffle.efa.memory.max", "3g");
        assertThat(on(MACHINE).receiveBytes()).as("as it was told").isEqualTo(3072 * MIB);
    }

    @Test
    void listensWhereSparkDoesIfItCan() {
        assertThat(on(MACHINE).sockets().bindHost()).isEqualTo("10.0.0.1");
        assertThat(on(new FakeMachine(4, MIB, false, 0)).sockets().bindHost()).isNull();

        conf.set("spark.shuffle.efa.sockets.bindAddress", "10.9.9.9")
                .set("spark.shuffle.efa.sockets.port", "4000")
                .set("spark.port.maxRetries", "3");
        assertThat(on(MACHINE).sockets().bindHost()).isEqualTo("10.9.9.9");
        assertThat(on(MACHINE).sockets().port()).isEqualTo(4000);
        assertThat(on(MACHINE).sockets().portRetries()).isEqualTo(3);
    }

    @Test
    void usesAsManyFlowsAsTheNetworkNeeds() {
        assertThat(on(MACHINE).sockets().maxFlows()).isEqualTo(20);
        assertThat(on(new FakeMachine(4, MIB, true, 0)).sockets().maxFlows()).isEqualTo(8);
        assertThat(on(new FakeMachine(4, MIB, true, 3_200_000)).sockets().maxFlows())
                .isEqualTo(64);

        RuntimeSettings slow = on(new FakeMachine(4, MIB, true, 1_000));
        assertThat(slow.sockets().maxFlows()).isEqualTo(1);
        assertThat(slow.sockets().initialFlows()).isEqualTo(1);
    }

    @Test
    void waitsAsLongAsSparkDoes() {
        assertThat(on(MACHINE).transfer().requestTimeoutNs()).isEqualTo(TimeUnit.SECONDS.toNanos(120));

        conf.set("spark.network.timeout", "5min");
        assertThat(on(MACHINE).transfer().requestTimeoutNs()).isEqualTo(TimeUnit.MINUTES.toNanos(5));

        conf.set("spark.shuffle.io.connectionTimeout", "30s");
        assertThat(on(MACHINE).transfer().requestTimeoutNs()).isEqualTo(TimeUnit.SECONDS.toNanos(30));
        assertThat(on(MACHINE).sockets().peerTimeout().toSeconds()).isEqualTo(30);
    }

    @Test
    void tellsTheEfaTransportWhatWasSet() {
        assertThat(on(MACHINE).efa()).isEqualTo(EfaSettings.defaults());

        conf.set("spark.shuffle.efa.fabric.provider", "tcp;ofi_rxm")
                .set("spark.shuffle.efa.fabric.library", "/opt/libfabric.so.1")
                .set("spark.shuffle.efa.fabric.maxRails", "3")
                .set("spark.shuffle.efa.fabric.chunk", "256k")
                .set("spark.shuffle.efa.fabric.chunkMemory", "80m")
                .set("spark.shuffle.efa.fabric.peerTimeout", "45s");
        EfaSettings efa = on(MACHINE).efa();
        assertThat(efa.provider()).isEqualTo("tcp;ofi_rxm");
        assertThat(efa.libraryPath()).hasValue("/opt/libfabric.so.1");
        assertThat(efa.maxRails()).isEqualTo(3);
        assertThat(efa.chunkBytes()).isEqualTo(256 << 10);
        assertThat(efa.chunkMemoryBytes()).isEqualTo(80 * MIB);
        assertThat(efa.patience().peerTimeout().toSeconds()).isEqualTo(45);
    }

    @Test
    void registersAllMemoryThatDevicesUse() {
        conf.set("spark.shuffle.efa.memory.max", "1g");
        assertThat(RuntimeSettings.registeredBytes(SparkSettings.read(conf), conf, MACHINE))
                .isEqualTo((1024 + 64 + 64) * MIB);
    }

    @Test
    void describesItselfInOneLine() {
        assertThat(on(MACHINE).describe())
                .isEqualTo("2 to 20 flows to a peer, "
                        + on(MACHINE).sockets().loopThreads()
                        + " threads, at most 384 MiB of memory to receive and 64 MiB to serve from; messages are"
                        + " authenticated, payload is not encrypted");
    }

    @Test
    void encryptsWhereSparkDoes() {
        assertThat(on(MACHINE).sockets().encrypted()).isFalse();
        assertThat(on(MACHINE).efa().encrypted()).isFalse();

        conf.set("spark.network.crypto.enabled", "true");
        assertThat(on(MACHINE).sockets().encrypted()).isTrue();
        assertThat(on(MACHINE).efa().encrypted()).isTrue();
        assertThat(on(MACHINE).efa().serverThreads()).isEqualTo(2);
        assertThat(on(MACHINE).describe()).endsWith("payload is encrypted, since spark.network.crypto.enabled is true");
    }

    @Test
    void asksTheRealMachine() {
        LocalMachine machine = new LocalMachine();
        assertThat(machine.processors()).isPositive();
        assertThat(machine.maxDirectMemoryBytes()).isGreaterThanOrEqualTo(64 * MIB);
        assertThat(machine.hasAddress("127.0.0.1")).isTrue();
        assertThat(machine.hasAddress("192.0.2.1"))
                .as("reserved for documentation")
                .isFalse();
        assertThat(machine.linkMbps("127.0.0.1")).isGreaterThanOrEqualTo(0);
        assertThat(machine.linkMbps("192.0.2.1")).isZero();
    }
}

package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.buffer.BufferPool;
import io.sparkefa.fabric.Access;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EfaDevicesTest {

    private final FakeFabric fabric = new FakeFabric(5);

    @AfterEach
    void everythingIsClosed() {
        fabric.verifyAllClosed();
    }

    @Test
    void allNicsAreOpenedAndDescribed() throws IOException {
        try (EfaDevices devices = EfaDevices.open(fabric.host("host", 3), EfaSettings.defaults())) {
            assertThat(devices.count()).isEqualTo(3);
            assertThat(devices.describe())
                    .isEqualTo("efa of libfabric 0.1 (fake, API 0.1), 3 NICs: fake0 100 Gbit/s, fake1 100 Gbit/s,"
                            + " fake2 100 Gbit/s");
        }
    }

    @Test
    void queuesAreAsLongAsTheProviderHasThem() throws IOException {
        try (EfaDevices devices = EfaDevices.open(fabric.host("host", 1).withMaxQueue(100), EfaSettings.defaults())) {
            RailLimits limits = RailLimits.of(EfaSettings.defaults(), devices.device(0).info);
            assertThat(limits.operations()).isEqualTo(100);
            assertThat(limits.receives()).isEqualTo(100);
            assertThat(limits.reads() + limits.sends()).isLessThanOrEqualTo(100);
            assertThat(limits.completionQueueSize()).isGreaterThanOrEqualTo(200);
        }
    }

    @Test
    void aHostWithoutNicsSaysWhatWasLookedFor() {
        assertThatThrownBy(() -> EfaDevices.open(fabric.host("host", 0), EfaSettings.defaults()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("finds no NIC for its provider efa");
    }

    @Test
    void memoryIsRegisteredWithEveryNic() throws IOException {
        try (EfaDevices devices = EfaDevices.open(fabric.host("host", 2), EfaSettings.defaults());
                RegisteredMemory memory = devices.allocate("tests", 1 << 20, Set.of(Access.REMOTE_READ))) {
            assertThat(memory.key(0)).isNotEqualTo(memory.key(1));
            assertThat(memory.remoteAddress(1, 77) - memory.remoteAddress(1, 0)).isEqualTo(77);
            ByteBuffer slice = memory.slice(1000, 50);
            assertThat(memory.offsetOf(slice.position(10))).isEqualTo(1010);
            assertThat(memory.offsetOf(ByteBuffer.allocateDirect(10))).isEqualTo(-1);
            assertThat(memory.offsetOf(ByteBuffer.allocate(10))).isEqualTo(-1);
        }
    }

    @Test
    void tooLittleLockableMemoryNamesTheLimitAndHowToRaiseIt() throws IOException {
        try (EfaDevices devices =
                EfaDevices.open(fabric.host("host", 2).withMaxLockedBytes(3 << 20), EfaSettings.defaults())) {
            assertThatThrownBy(() -> devices.allocate("chunks", 2 << 20, Set.of(Access.READ)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot register 2097152 bytes for chunks with fake1")
                    .hasMessageContaining("may lock 3145728 bytes of memory (RLIMIT_MEMLOCK)")
                    .hasMessageContaining("LimitMEMLOCK");
        }
    }

    @Test
    void aBufferPoolLivesOnIt() throws IOException {
        long bytes = 3L * BufferPool.SLAB_BYTES + (1 << 20);
        try (EfaDevices devices = EfaDevices.open(fabric.host("host", 1), EfaSettings.defaults());
                RegisteredMemory memory = devices.allocate("tests", bytes, Set.of(Access.READ));
                BufferPool pool = new BufferPool("tests", bytes, memory)) {
            for (int round = 0; round < 3; round++) {
                List<BufferLease> leases = pool.tryAcquire(bytes).orElseThrow();
                assertThat(leases.stream()
                                .map(lease -> memory.offsetOf(lease.buffer()))
                                .distinct())
                        .hasSize(leases.size())
                        .allMatch(offset -> offset >= 0);
                leases.forEach(BufferLease::close);
                pool.trim();
                pool.trim();
                assertThat(pool.allocatedBytes()).isZero();
            }
            assertThatThrownBy(() -> {
                        memory.allocate((int) bytes);
                    })
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void abandonedMemoryIsNeverFreed() throws IOException {
        FakeFabric other = new FakeFabric(6);
        EfaDevices devices = EfaDevices.open(other.host("host", 1), EfaSettings.defaults());
        RegisteredMemory memory = devices.allocate("tests", 1 << 20, Set.of(Access.READ));
        memory.slice(0, 1).put(0, (byte) 42);
        memory.abandon();
        memory.close();
        assertThat(other.open()).contains("1048576 bytes of memory at host");
        assertThat(memory.slice(0, 1).get(0)).isEqualTo((byte) 42);
    }
}

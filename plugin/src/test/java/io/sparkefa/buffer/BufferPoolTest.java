package io.sparkefa.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BufferPoolTest {

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final CountingSlabSource slabs = new CountingSlabSource(Long.MAX_VALUE);

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 65536",
        "65535, 65536",
        "65536, 65536",
        "65537, 131072",
        "131072, 131072",
        "131073, 262144",
        "262144, 262144",
        "262145, 524288",
        "524288, 524288",
        "524289, 1048576",
        "1048575, 1048576",
        "1048576, 1048576",
        "1048577, 1114112",
        "4194303, 4194304",
        "4194304, 4194304",
        "4194305, 4259840",
        "8388608, 8388608"
    })
    void leasesExactlyWhatWasAskedAndCountsWhatItTakes(long lengthBytes, long leasedBytes) {
        BufferPool pool = new BufferPool("test", 8 * MIB, slabs);

        List<BufferLease> leases = pool.tryAcquire(lengthBytes).orElseThrow();

        assertThat(leases.stream()
                        .mapToLong(lease -> lease.buffer().remaining())
                        .sum())
                .isEqualTo(lengthBytes);
        assertThat(leases).allSatisfy(lease -> {
            assertThat(lease.buffer().isDirect()).isTrue();
            assertThat(lease.buffer().position()).isZero();
            assertThat(lease.buffer().capacity()).isEqualTo(lease.buffer().limit());
            assertThat(lease.buffer()).isSameAs(lease.buffer());
        });
        if (!leases.isEmpty()) {
            assertThat(leases.subList(0, leases.size() - 1))
                    .allSatisfy(lease -> assertThat(lease.buffer().remaining()).isEqualTo(BufferPool.MAX_LEASE_BYTES));
        }
        assertThat(pool.leasedBytes()).isEqualTo(leasedBytes);
        leases.forEach(BufferLease::close);
        assertThat(pool.leasedBytes()).isZero();
        assertThat(pool.peakLeasedBytes()).isEqualTo(leasedBytes);
        pool.close();
        assertThat(slabs.liveBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 8L * MIB + 1, Long.MAX_VALUE, Long.MIN_VALUE})
    void refusesWhatItCanNeverHold(long lengthBytes) {
        BufferPool pool = new BufferPool("receive", 8 * MIB, slabs);

        assertThat(pool.maxLeasableBytes()).isEqualTo(8 * MIB);
        assertThatThrownBy(() -> pool.tryAcquire(lengthBytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + lengthBytes)
                .hasMessageContaining("receive")
                .hasMessageContaining("8388608");
        assertThatThrownBy(() -> pool.acquire(lengthBytes, leases -> {})).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"1048576, 1048576", "1048577, 1048576", "5242879, 4194304", "5242880, 5242880", "9999999, 9437184"})
    void neverAllocatesMoreThanItsBound(long maxBytes, long usableBytes) {
        BufferPool pool = new BufferPool("test", maxBytes, slabs);

        assertThat(pool.maxLeasableBytes()).isEqualTo(usableBytes);
        List<BufferLease> all = pool.tryAcquire(usableBytes).orElseThrow();
        assertThat(slabs.liveBytes()).isEqualTo(usableBytes).isEqualTo(pool.allocatedBytes());
        assertThat(pool.tryAcquire(1)).isEmpty();
        all.forEach(BufferLease::close);
    }

    @Test
    void refusesABoundBelowOneLease() {
        assertThatThrownBy(() -> new BufferPool("receive", MIB - 1, slabs))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("receive")
                .hasMessageContaining("1048575");
    }

    @Test
    void growsOnlyWhenItMust() {
        BufferPool pool = new BufferPool("test", 64 * MIB, slabs);
        assertThat(slabs.allocations()).isZero();

        List<BufferLease> leases = new ArrayList<>();
        for (int index = 0; index < 64; index++) {
            leases.addAll(pool.tryAcquire(64 * KIB).orElseThrow());
        }
        assertThat(slabs.allocations()).isEqualTo(1);
        assertThat(pool.leasedBytes()).isEqualTo(4 * MIB);
        leases.addAll(pool.tryAcquire(1).orElseThrow());
        assertThat(slabs.allocations()).isEqualTo(2);

        // No use in growing for what would not fit even then.
        assertThat(pool.tryAcquire(60 * MIB)).isEmpty();
        assertThat(slabs.allocations()).isEqualTo(2);
        leases.forEach(BufferLease::close);
    }

    @Test
    void piecesOfAChunkDoNotOverlapAndBecomeOneAgain() {
        BufferPool pool = new BufferPool("test", MIB, slabs);
        int[] lengths = {64 * KIB, 256 * KIB, 128 * KIB, 512 * KIB, 64 * KIB};
        List<BufferLease> leases = new ArrayList<>();
        for (int length : lengths) {
            leases.addAll(pool.tryAcquire(length).orElseThrow());
        }
        assertThat(pool.tryAcquire(1)).isEmpty();
        for (int index = 0; index < leases.size(); index++) {
            fill(leases.get(index).buffer(), (byte) index);
        }
        for (int index = 0; index < leases.size(); index++) {
            assertHolds(leases.get(index).buffer(), (byte) index);
        }

        leases.get(3).close();
        assertThat(pool.tryAcquire(513 * KIB)).isEmpty();
        List<BufferLease> half = pool.tryAcquire(512 * KIB).orElseThrow();
        half.forEach(BufferLease::close);
        leases.remove(3);
        leases.forEach(BufferLease::close);

        assertThat(pool.tryAcquire(MIB)).isPresent();
    }

    @Test
    void smallPiecesSpareWholeChunks() {
        BufferPool pool = new BufferPool("test", 4 * MIB, slabs);
        BufferLease small = pool.tryAcquire(64 * KIB).orElseThrow().get(0);
        List<BufferLease> big = pool.tryAcquire(3 * MIB + 512 * KIB).orElseThrow();

        assertThat(pool.leasedBytes()).isEqualTo(3 * MIB + 576 * KIB);
        assertThat(pool.tryAcquire(256 * KIB)).isPresent();
        assertThat(small.buffer().isDirect()).isTrue();
        assertThat(big).hasSize(4);
    }

    @Test
    void aLeaseCannotBeUsedOrClosedTwice() {
        BufferPool pool = new BufferPool("receive", MIB, slabs);
        BufferLease lease = pool.tryAcquire(100).orElseThrow().get(0);
        lease.close();

        assertThatThrownBy(lease::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("100 bytes")
                .hasMessageContaining("receive");
        assertThatThrownBy(lease::buffer).isInstanceOf(IllegalStateException.class);
        assertThat(pool.leasedBytes()).isZero();
    }

    @Test
    void overwritesWhatIsGivenBackInTestRuns() {
        BufferPool pool = new BufferPool("test", MIB, slabs);
        BufferLease lease = pool.tryAcquire(64 * KIB).orElseThrow().get(0);
        ByteBuffer stale = lease.buffer().duplicate();
        fill(lease.buffer(), (byte) 1);
        lease.close();

        assertHolds(stale, LeaseDiagnosis.POISON);
    }

    @Test
    void trimReturnsSlabsThatNobodyUsedSinceTheLastTrim() {
        BufferPool pool = new BufferPool("test", 16 * MIB, slabs);
        BufferLease kept = pool.tryAcquire(64 * KIB).orElseThrow().get(0);
        pool.tryAcquire(12 * MIB).orElseThrow().forEach(BufferLease::close);
        assertThat(slabs.liveBytes()).isEqualTo(16 * MIB);

        pool.trim();
        assertThat(slabs.liveBytes()).as("used since the trim before").isEqualTo(16 * MIB);
        pool.trim();
        assertThat(slabs.liveBytes()).isEqualTo(4 * MIB).isEqualTo(pool.allocatedBytes());
        kept.close();
        pool.trim();
        pool.trim();
        assertThat(slabs.liveBytes()).isZero();
        assertThat(pool.tryAcquire(16 * MIB)).isPresent();
    }

    @Test
    void trimKeepsWhatIsUsedBetweenTrims() {
        BufferPool pool = new BufferPool("test", 16 * MIB, slabs);
        for (int round = 0; round < 5; round++) {
            pool.tryAcquire(3 * MIB).orElseThrow().forEach(BufferLease::close);
            pool.trim();
        }
        assertThat(slabs.allocations()).isEqualTo(1);
    }

    @Test
    void closeSaysWhoStillHoldsWhat() {
        BufferPool pool = new BufferPool("test", 16 * MIB, slabs);
        assertThat(pool.tryAcquire(5 * MIB)).isPresent();

        pool.close();
        pool.close();

        assertThat(pool.describeLeases())
                .startsWith("5 leases of 5242880 bytes")
                .contains("acquired by " + Thread.currentThread().getName())
                .contains("closeSaysWhoStillHoldsWhat");
    }

    @Test
    void closeLeaksSlabsThatAreInUse() {
        BufferPool pool = new BufferPool("test", 16 * MIB, slabs);
        List<BufferLease> freed = pool.tryAcquire(4 * MIB).orElseThrow();
        BufferLease kept = pool.tryAcquire(100).orElseThrow().get(0);
        kept.buffer().put(0, (byte) 42);
        freed.forEach(BufferLease::close);

        pool.close();

        assertThat(slabs.liveBytes()).isEqualTo(4 * MIB);
        assertThat(kept.buffer().get(0)).isEqualTo((byte) 42);
        assertThat(pool.describeLeases()).startsWith("1 leases of 65536 bytes");
        kept.close();
        assertThat(pool.describeLeases()).isEmpty();
        assertThat(slabs.liveBytes()).as("the source may be gone by now").isEqualTo(4 * MIB);
        assertThatThrownBy(() -> pool.tryAcquire(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pool.acquire(1, leases -> {})).isInstanceOf(IllegalStateException.class);
    }

    private static void fill(ByteBuffer buffer, byte value) {
        for (int index = 0; index < buffer.limit(); index++) {
            buffer.put(index, value);
        }
    }

    private static void assertHolds(ByteBuffer buffer, byte value) {
        byte[] bytes = new byte[buffer.limit()];
        buffer.duplicate().get(0, bytes);
        assertThat(bytes).containsOnly(value);
    }
}

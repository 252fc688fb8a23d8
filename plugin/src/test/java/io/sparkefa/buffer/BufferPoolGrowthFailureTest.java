package io.sparkefa.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class BufferPoolGrowthFailureTest {

    private static final int MIB = 1 << 20;

    private final CountingSlabSource slabs = new CountingSlabSource(16L * MIB);
    private final BufferPool pool = new BufferPool("test", 16 * MIB, slabs);
    private final List<String> granted = new ArrayList<>();
    private final List<BufferLease> held = new ArrayList<>();

    @Test
    void aRefusedSlabIsNoRoomNow() {
        slabs.refuseNext(1);

        assertThat(pool.tryAcquire(1)).isEmpty();
        assertThat(pool.failedAllocations()).isEqualTo(1);
        assertThat(pool.allocatedBytes()).isZero();
        assertThat(pool.tryAcquire(1)).as("not asked again before a trim").isEmpty();
        assertThat(slabs.attempts()).isEqualTo(1);
        assertThat(pool.maxLeasableBytes()).isZero();

        pool.trim();
        assertThat(pool.maxLeasableBytes()).isEqualTo(16 * MIB);
        assertThat(pool.tryAcquire(1)).isPresent();
    }

    @Test
    void aWaiterIsServedWhenGrowingWorksAgain() {
        slabs.refuseNext(1);
        pool.acquire(MIB, as("a"));
        assertThat(granted).isEmpty();

        pool.trim();
        assertThat(granted).containsExactly("a");
    }

    @Test
    void thePauseDoublesWithEachFailureInARow() {
        slabs.refuseNext(3);
        pool.acquire(MIB, as("a"));
        List<Integer> attemptsAfterTrim = new ArrayList<>();
        for (int trim = 0; trim < 8; trim++) {
            pool.trim();
            attemptsAfterTrim.add(slabs.attempts());
        }
        assertThat(attemptsAfterTrim).containsExactly(2, 2, 3, 3, 3, 3, 4, 4);
        assertThat(granted).containsExactly("a");

        // It worked once, so the next failure is the first of a row.
        slabs.refuseNext(1);
        pool.acquire(8 * MIB, as("b"));
        pool.trim();
        assertThat(granted).containsExactly("a", "b");
    }

    @Test
    void makesDoWithTheSlabsItHas() {
        List<BufferLease> first = pool.tryAcquire(4 * MIB).orElseThrow();
        slabs.refuseNext(Integer.MAX_VALUE);
        pool.acquire(4 * MIB, as("fits"));
        assertThat(granted).isEmpty();
        assertThat(pool.maxLeasableBytes()).isEqualTo(4 * MIB);

        first.forEach(BufferLease::close);
        assertThat(granted).containsExactly("fits");
    }

    @Test
    void passesOverOnlyWaitersThatNoLeaseGivenBackCouldHelp() {
        List<BufferLease> first = pool.tryAcquire(2 * MIB).orElseThrow();
        slabs.refuseNext(1);
        BufferPool.Waiter tooLarge = pool.acquire(5 * MIB, as("too large for now"));
        pool.acquire(3 * MIB, as("must wait"));
        pool.acquire(MIB, as("must not overtake"));
        assertThat(granted).isEmpty();

        first.get(0).close();
        assertThat(granted).containsExactly("must wait");
        first.get(1).close();
        assertThat(granted).containsExactly("must wait", "must not overtake");

        pool.trim();
        assertThat(granted).last().isEqualTo("too large for now");
        assertThat(tooLarge.cancel()).isFalse();
        held.forEach(BufferLease::close);
        pool.close();
        assertThat(slabs.liveBytes()).isZero();
    }

    @Test
    void aSourceThatThrowsOrAnswersWithTheWrongMemoryIsRefusalToo() {
        for (SlabSource broken : List.<SlabSource>of(
                source(length -> {
                    throw new IllegalStateException("the device refused; this test provokes it");
                }),
                source(ByteBuffer::allocate),
                source(length -> ByteBuffer.allocateDirect(length - 1)))) {
            BufferPool unlucky = new BufferPool("unlucky", 4 * MIB, broken);
            assertThat(unlucky.tryAcquire(1)).isEmpty();
            assertThat(unlucky.failedAllocations()).isEqualTo(1);
            assertThat(unlucky.allocatedBytes()).isZero();
            unlucky.close();
        }
    }

    private static SlabSource source(IntFunction<ByteBuffer> allocation) {
        return new SlabSource() {
            @Override
            public ByteBuffer allocate(int lengthBytes) {
                return allocation.apply(lengthBytes);
            }

            @Override
            public void free(ByteBuffer slab) {
                throw new AssertionError("nothing was allocated");
            }
        };
    }

    private Consumer<List<BufferLease>> as(String name) {
        return leases -> {
            granted.add(name);
            held.addAll(leases);
        };
    }
}

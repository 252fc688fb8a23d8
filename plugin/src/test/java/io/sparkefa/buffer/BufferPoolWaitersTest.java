package io.sparkefa.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BufferPoolWaitersTest {

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final CountingSlabSource slabs = new CountingSlabSource(4L * MIB);
    private final BufferPool pool = new BufferPool("test", 4 * MIB, slabs);
    private final List<String> granted = new ArrayList<>();
    private final List<BufferLease> held = new ArrayList<>();

    @Test
    void grantsAtOnceWhenThereIsRoom() {
        BufferPool.Waiter waiter = pool.acquire(4 * MIB, as("a"));

        assertThat(granted).containsExactly("a");
        assertThat(waiter.cancel()).isFalse();
        assertThat(pool.waiterCount()).isZero();
    }

    @Test
    void aSmallRequestDoesNotOvertakeALargeOne() {
        List<BufferLease> most = pool.tryAcquire(3 * MIB).orElseThrow();
        pool.acquire(2 * MIB, as("large"));
        pool.acquire(64 * KIB, as("small"));

        assertThat(granted).isEmpty();
        assertThat(pool.waiterCount()).isEqualTo(2);
        assertThat(pool.tryAcquire(64 * KIB))
                .as("there is room, but others wait")
                .isEmpty();

        most.get(0).close();
        assertThat(granted).containsExactly("large");
        most.get(1).close();
        assertThat(granted).containsExactly("large", "small");
        assertThat(pool.tryAcquire(64 * KIB)).isPresent();
    }

    @Test
    void grantsAllOrNothing() {
        List<BufferLease> all = pool.tryAcquire(4 * MIB).orElseThrow();
        pool.acquire(4 * MIB, as("all"));

        all.subList(0, 3).forEach(BufferLease::close);
        assertThat(granted).isEmpty();
        assertThat(pool.leasedBytes()).isEqualTo(MIB);
        all.get(3).close();
        assertThat(granted).containsExactly("all");
        assertThat(pool.leasedBytes()).isEqualTo(4 * MIB);
    }

    @Test
    void cancellingTheFirstServesThoseBehindIt() {
        BufferLease one = pool.tryAcquire(64 * KIB).orElseThrow().get(0);
        BufferPool.Waiter large = pool.acquire(4 * MIB, as("large"));
        pool.acquire(MIB, as("next"));
        pool.acquire(2 * MIB, as("third"));

        assertThat(large.cancel()).isTrue();
        assertThat(large.cancel()).isFalse();
        assertThat(granted).containsExactly("next", "third");
        one.close();
    }

    @Test
    void aPoolOfOneBufferServesOneAfterTheOther() {
        BufferPool single = new BufferPool("single", MIB, slabs);
        List<Integer> order = new ArrayList<>();
        List<BufferLease> current = new ArrayList<>();
        for (int index = 0; index < 100; index++) {
            int request = index;
            single.acquire(MIB - index, leases -> {
                order.add(request);
                current.addAll(leases);
            });
        }
        for (int index = 0; index < 100; index++) {
            assertThat(order).hasSize(index + 1).last().isEqualTo(index);
            current.remove(0).close();
        }
        assertThat(single.leasedBytes()).isZero();
        assertThat(single.waiterCount()).isZero();
    }

    @Test
    void waitersThatGiveBackAtOnceDoNotNest() {
        List<BufferLease> all = pool.tryAcquire(4 * MIB).orElseThrow();
        int[] nesting = {0};
        int[] served = {0};
        for (int index = 0; index < 20_000; index++) {
            pool.acquire(64 * KIB, leases -> {
                assertThat(++nesting[0]).isEqualTo(1);
                served[0]++;
                leases.forEach(BufferLease::close);
                nesting[0]--;
            });
        }
        all.get(0).close();

        assertThat(served[0]).isEqualTo(20_000);
        assertThat(pool.leasedBytes()).isEqualTo(3 * MIB);
    }

    @Test
    void aCallbackMayAcquireAgain() {
        BufferLease blocker = onlyLease(MIB);
        List<BufferLease> rest = pool.tryAcquire(3 * MIB).orElseThrow();
        pool.acquire(MIB, leases -> {
            granted.add("outer");
            pool.acquire(MIB, as("inner"));
            leases.forEach(BufferLease::close);
        });
        blocker.close();

        assertThat(granted).containsExactly("outer", "inner");
        rest.forEach(BufferLease::close);
    }

    @Test
    void aCallbackThatThrowsDoesNotStopTheOthers() {
        List<BufferLease> all = pool.tryAcquire(4 * MIB).orElseThrow();
        pool.acquire(MIB, leases -> {
            leases.forEach(BufferLease::close);
            throw new IllegalArgumentException("a broken callback; this test provokes it");
        });
        pool.acquire(MIB, as("next"));

        all.get(0).close();
        assertThat(granted).containsExactly("next");
    }

    @Test
    void growthServesWaitersInOrder() {
        BufferPool growing = new BufferPool("growing", 12 * MIB, new CountingSlabSource(12L * MIB));
        BufferLease first = growing.tryAcquire(1).orElseThrow().get(0);

        growing.acquire(9 * MIB, as("a"));
        growing.acquire(2 * MIB, as("b"));
        growing.acquire(2 * MIB, as("c"));

        assertThat(granted).containsExactly("a", "b");
        assertThat(growing.allocatedBytes()).isEqualTo(12 * MIB);
        first.close();
        assertThat(granted).as("c needs two chunks").containsExactly("a", "b");
        held.remove(0).close();
        assertThat(granted).containsExactly("a", "b", "c");
    }

    @Test
    void closeForgetsWaiters() {
        List<BufferLease> all = pool.tryAcquire(4 * MIB).orElseThrow();
        BufferPool.Waiter waiter = pool.acquire(MIB, as("late"));
        pool.close();
        all.forEach(BufferLease::close);

        assertThat(granted).isEmpty();
        assertThat(pool.waiterCount()).isZero();
        assertThat(waiter.cancel()).isFalse();
    }

    private BufferLease onlyLease(int lengthBytes) {
        return pool.tryAcquire(lengthBytes).orElseThrow().get(0);
    }

    private Consumer<List<BufferLease>> as(String name) {
        return leases -> {
            granted.add(name);
            held.addAll(leases);
        };
    }
}

package io.sparkefa.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;

/** Many threads acquire, cancel, give back and trim; nobody is forgotten, and no two hold the same memory. */
class BufferPoolStressTest {

    private static final int MIB = 1 << 20;
    private static final int THREADS = 6;
    private static final int REQUESTS_PER_THREAD = 1500;
    private static final long LONGEST_BYTES = 4L * MIB;
    private static final long MAX_BYTES = 11L * MIB;

    private final CountingSlabSource slabs = new CountingSlabSource(MAX_BYTES);
    private final BufferPool pool = new BufferPool("stress", MAX_BYTES, slabs);
    private final ConcurrentLinkedQueue<List<BufferLease>> granted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger outcomes = new AtomicInteger();

    @RepeatedTest(3)
    void everyRequestEndsAndNothingIsSharedOrLost() throws Exception {
        long seed = System.nanoTime();
        System.out.println("BufferPoolStressTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> ends = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                SplittableRandom own = random.split();
                ends.add(threads.submit(() -> {
                    start.await();
                    run(own);
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> end : ends) {
                end.get(50, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        giveBackAll();
        if (pool.waiterCount() > 0) {
            assertThat(pool.maxLeasableBytes())
                    .as("nobody waits but for slabs that were refused; seed %d", seed)
                    .isLessThan(LONGEST_BYTES);
        }
        slabs.refuseNext(0);
        for (int trim = 0; trim < 20 && pool.waiterCount() > 0; trim++) {
            pool.trim();
            giveBackAll();
        }

        assertThat(outcomes).as("seed %d", seed).hasValue(THREADS * REQUESTS_PER_THREAD);
        assertThat(pool.waiterCount()).isZero();
        assertThat(pool.leasedBytes()).isZero();
        assertThat(pool.describeLeases()).isEmpty();
        assertThat(pool.peakLeasedBytes()).isBetween(1L, MAX_BYTES);
        pool.close();
        assertThat(slabs.liveBytes()).isZero();
        assertThat(slabs.boundExceeded()).isFalse();
    }

    private void run(SplittableRandom random) {
        for (int request = 0; request < REQUESTS_PER_THREAD; request++) {
            long lengthBytes = switch (random.nextInt(4)) {
                case 0 -> random.nextLong(1, 65537);
                case 1 -> random.nextLong(1, MIB + 1);
                case 2 -> random.nextLong(1, LONGEST_BYTES + 1);
                default -> random.nextLong(1, 256 << 10);
            };
            if (random.nextInt(8) == 0) {
                pool.tryAcquire(lengthBytes).ifPresentOrElse(this::onGranted, outcomes::incrementAndGet);
            } else {
                BufferPool.Waiter waiter = pool.acquire(lengthBytes, this::onGranted);
                if (random.nextInt(4) == 0 && waiter.cancel()) {
                    outcomes.incrementAndGet();
                }
            }
            switch (random.nextInt(500)) {
                case 0 -> pool.trim();
                case 1 -> slabs.refuseNext(1);
                default -> {}
            }
            while (random.nextInt(3) != 0 && giveBackOne()) {}
        }
    }

    /** Marks the memory; whoever else holds it would overwrite the mark, or have it overwritten. */
    private void onGranted(List<BufferLease> leases) {
        for (BufferLease lease : leases) {
            ByteBuffer buffer = lease.buffer();
            int mark = System.identityHashCode(lease);
            if (buffer.limit() >= 2 * Integer.BYTES) {
                buffer.putInt(0, mark).putInt(buffer.limit() - Integer.BYTES, mark);
            }
        }
        granted.add(leases);
        outcomes.incrementAndGet();
    }

    private void giveBackAll() {
        while (giveBackOne()) {
            assertThat(pool.leasedBytes()).isLessThanOrEqualTo(MAX_BYTES);
        }
    }

    private boolean giveBackOne() {
        List<BufferLease> leases = granted.poll();
        if (leases == null) {
            return false;
        }
        for (BufferLease lease : leases) {
            ByteBuffer buffer = lease.buffer();
            int mark = System.identityHashCode(lease);
            if (buffer.limit() >= 2 * Integer.BYTES
                    && (buffer.getInt(0) != mark || buffer.getInt(buffer.limit() - Integer.BYTES) != mark)) {
                throw new AssertionError(lease + " was written by somebody else");
            }
            lease.close();
        }
        return true;
    }
}

package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TransportException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ReadQueueTest {

    private static final TransportException CAUSE = new TransportException("for a test");

    private final ReadQueue queue = new ReadQueue(100);

    private PendingRead add(long offset, int lengthBytes) {
        Read read = new Read(offset, lengthBytes);
        PendingRead pending = new PendingRead(7, offset, read.destination, read);
        queue.add(pending);
        return pending;
    }

    private Stripe take() {
        return Objects.requireNonNull(queue.take());
    }

    @Test
    void cutsReadsIntoStripesInOrder() {
        PendingRead first = add(1000, 250);
        PendingRead second = add(0, 1);
        assertThat(queue.waitingBytes()).isEqualTo(251);
        for (int[] expected : new int[][] {{1000, 100}, {1100, 100}, {1200, 50}}) {
            assertThat(queue.nextStripeBytes()).isEqualTo(expected[1]);
            Stripe stripe = take();
            assertThat(stripe.read).isSameAs(first);
            assertThat(stripe.windowOffset()).isEqualTo(expected[0]);
            assertThat(stripe.destination().remaining()).isEqualTo(expected[1]);
        }
        assertThat(take().read).isSameAs(second);
        assertThat(queue.take()).isNull();
        assertThat(queue.nextStripeBytes()).isZero();
        assertThat(queue.waitingBytes()).isZero();
    }

    @Test
    void aReadEndsWithItsLastStripe() {
        PendingRead read = add(0, 200);
        Stripe first = take();
        Stripe second = take();
        assertThat(queue.arrived(second)).isNull();
        assertThat(queue.arrived(first)).isSameAs(read);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void whatWasPutBackGoesFirst() {
        add(0, 300);
        Stripe first = take();
        take();
        assertThat(queue.putBack(first)).isNull();
        assertThat(queue.waitingBytes()).isEqualTo(200);
        assertThat(take()).isSameAs(first);
        assertThat(first.failedFlows).isEqualTo(1);
    }

    @Test
    void aFailedReadIsReportedWhenNoStripeIsUnderWay() {
        PendingRead read = add(0, 400);
        Stripe first = take();
        Stripe second = take();
        Stripe third = take();
        assertThat(queue.putBack(third)).isNull();
        assertThat(queue.failed(first, CAUSE)).isNull();
        assertThat(queue.waitingBytes()).isZero();
        assertThat(queue.take()).isNull();
        assertThat(queue.putBack(second)).isSameAs(read);
        assertThat(read.failure).isSameAs(CAUSE);
    }

    @RepeatedTest(20)
    void everyReadIsReportedOnceAndOnlyAtRest() {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<Stripe> underWay = new ArrayList<>();
        Set<PendingRead> reported = new HashSet<>();
        int added = 0;
        for (int i = 0; i < 2000; i++) {
            int choice = random.nextInt(10);
            if (choice < 2) {
                add(0, random.nextInt(1, 500));
                added++;
            } else if (choice < 6) {
                Stripe stripe = queue.take();
                if (stripe != null) {
                    underWay.add(stripe);
                }
            } else if (!underWay.isEmpty()) {
                Stripe stripe = underWay.remove(random.nextInt(underWay.size()));
                PendingRead ended = switch (random.nextInt(10)) {
                    case 0 -> queue.failed(stripe, CAUSE);
                    case 1, 2 -> queue.putBack(stripe);
                    default -> queue.arrived(stripe);
                };
                if (ended != null) {
                    assertThat(reported.add(ended)).isTrue();
                    assertThat(underWay).noneMatch(other -> other.read == ended);
                    assertThat(ended.failure != null || ended.arrivedBytes == ended.lengthBytes)
                            .isTrue();
                }
            }
        }
        reported.addAll(queue.failAll(CAUSE));
        for (Stripe stripe : underWay) {
            PendingRead ended = queue.putBack(stripe);
            if (ended != null) {
                assertThat(reported.add(ended)).isTrue();
            }
        }
        assertThat(reported).hasSize(added);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.waitingBytes()).isZero();
    }
}

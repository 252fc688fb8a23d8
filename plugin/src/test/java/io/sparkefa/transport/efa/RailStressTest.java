package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fabric.EventError;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A few rails that send and read at random while libfabric is full, fails, stops and breaks at random. Every operation ends
 * once, every read that succeeds has the right bytes, no message comes twice or out of order, and the fake fabric sees no
 * memory used by two.
 */
@Timeout(120)
class RailStressTest {

    private static final int RAILS = 3;
    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = TestRail.MEMORY_BYTES / SLOTS;
    private static final long RUN_NS = 3_000_000_000L;

    /** Longer than what it takes until a rail may be rebuilt again. */
    private static final long REBUILDS_FORGOTTEN_NS = Duration.ofMinutes(11).toNanos();

    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicInteger wrong = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 0})
    void whateverHappens(long seedOrNone) throws IOException {
        long seed = seedOrNone == 0 ? System.nanoTime() : seedOrNone;
        System.out.println("RailStressTest with seed " + seed);
        FakeFabric fabric = new FakeFabric(seed);
        fabric.change(behaviour -> {
            behaviour.againPerMille = 100;
            behaviour.errorPerMille = 5;
            behaviour.blocking = seed % 2 == 0;
            behaviour.oneSidedReads = seed % 3 != 0;
            behaviour.unexpectedMessages = 10;
        });
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < RAILS; i++) {
            nodes.add(new Node(i, new TestRail(fabric.host("host" + i, 1), TestRail.settings("efa")), seed + i));
        }
        nodes.forEach(node -> node.meet(nodes));
        Random random = new Random(seed);
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < RUN_NS) {
            Node node = nodes.get(random.nextInt(RAILS));
            node.act();
            if (random.nextInt(2000) == 0) {
                misfortune(fabric, node.rail, random.nextInt(5));
            }
            Await.until("room for more", () -> outstanding.get() < 300);
        }
        fabric.change(behaviour -> behaviour.errorPerMille = 0);
        for (Node node : nodes) {
            if (node.rail.rail.address().isPresent()) {
                fabric.endpoint(node.rail.address()).silence(false);
            }
        }
        Await.until("all operations to end", () -> outstanding.get() == 0);
        nodes.forEach(node -> node.rail.close());
        fabric.verifyAllClosed();
        assertThat(wrong)
                .as("wrong bytes, double endings or messages out of order")
                .hasValue(0);
        assertThat(done.get()).as("operations that succeeded").isGreaterThan(1000);
        assertThat(failed.get()).as("operations that failed").isPositive();
        System.out.println(
                "done " + done + ", failed " + failed + ", found no room " + fabric.agains() + " times, rebuilt "
                        + nodes.stream().mapToInt(node -> node.rail.ups.get()).sum() + " times");
    }

    private static void misfortune(FakeFabric fabric, TestRail rail, int kind) {
        if (rail.rail.address().isEmpty()) {
            return;
        }
        rail.aheadNs.addAndGet(REBUILDS_FORGOTTEN_NS);
        try {
            var endpoint = fabric.endpoint(rail.address());
            switch (kind) {
                case 0 -> rail.rail.execute(() -> rail.rail.rebuild("bad luck"));
                case 1 -> endpoint.report(new EventError(5, 4112, "bad luck"));
                case 2 -> endpoint.breakCompletionQueue();
                case 3 -> endpoint.flush();
                default -> {
                    endpoint.silence(true);
                    rail.rail.execute(() -> endpoint.silence(false));
                }
            }
        } catch (AssertionError | java.util.NoSuchElementException e) {
            // It has just been rebuilt.
            System.out.println("missed: " + e.getMessage());
        }
    }

    /** A rail that acts at random. */
    private final class Node {

        private final int number;
        private final TestRail rail;
        private final Random random;
        private final AtomicLong nextMessage = new AtomicLong();
        private List<Node> all = List.of();

        // confined: the rail
        private final Deque<Integer> freeSlots = new ArrayDeque<>();
        private final Map<Integer, Long> lastFrom = new HashMap<>();

        Node(int number, TestRail rail, long seed) {
            this.number = number;
            this.rail = rail;
            this.random = new Random(seed);
            for (int i = 0; i < SLOTS; i++) {
                freeSlots.add(i);
            }
            RailContractTest.fill(rail, number);
            rail.onMessage = this::onMessage;
        }

        void meet(List<Node> nodes) {
            all = nodes;
        }

        /** Any thread: one thing or another, towards somebody. */
        void act() {
            Node other = all.get((number + 1 + random.nextInt(RAILS - 1)) % RAILS);
            boolean read = random.nextBoolean();
            int length = 1 + random.nextInt(read ? SLOT_BYTES : 3000);
            int offset = random.nextInt(TestRail.MEMORY_BYTES - length);
            outstanding.incrementAndGet();
            rail.rail.execute(() -> {
                byte[] address = other.rail.rail.address().orElse(null);
                Integer slot = read ? freeSlots.poll() : Integer.valueOf(-1);
                if (address == null || slot == null) {
                    if (slot != null && read) {
                        freeSlots.add(slot);
                    }
                    outstanding.decrementAndGet();
                    return;
                }
                begin(other, address, slot, offset, length);
            });
        }

        private void begin(Node other, byte[] address, int slot, int offset, int length) {
            long peer;
            try {
                peer = rail.rail.insertPeer(address);
            } catch (IOException e) {
                if (slot >= 0) {
                    freeSlots.add(slot);
                }
                outstanding.decrementAndGet();
                return;
            }
            Ending ending = new Ending(peer, slot, other, offset, length);
            if (slot < 0) {
                ByteBuffer message = ByteBuffer.allocate(12 + length);
                message.putInt(number).putLong(nextMessage.getAndIncrement()).rewind();
                rail.rail.send(peer, message, ending);
            } else {
                rail.rail.read(
                        peer,
                        other.rail.exposed.remoteAddress(0, offset),
                        other.rail.exposed.key(0),
                        rail.destination,
                        (long) slot * SLOT_BYTES,
                        length,
                        ending);
            }
        }

        private void onMessage(ByteBuffer message) {
            int from = message.getInt();
            long sequence = message.getLong();
            Long last = lastFrom.put(from, sequence);
            if (last != null && last >= sequence) {
                wrong.incrementAndGet();
            }
        }

        private final class Ending implements Rail.Operation {

            private final long peer;
            private final int slot;
            private final Node from;
            private final int offset;
            private final int length;
            private boolean ended;

            Ending(long peer, int slot, Node from, int offset, int length) {
                this.peer = peer;
                this.slot = slot;
                this.from = from;
                this.offset = offset;
                this.length = length;
            }

            @Override
            public void onDone() {
                if (slot >= 0) {
                    ByteBuffer got = rail.destination.slice((long) slot * SLOT_BYTES, length);
                    if (!got.equals(from.rail.exposed.slice(offset, length))) {
                        wrong.incrementAndGet();
                    }
                }
                done.incrementAndGet();
                end();
            }

            @Override
            public void onFailed(RailFailure failure) {
                failed.incrementAndGet();
                end();
            }

            private void end() {
                if (ended || !rail.rail.isOnThread()) {
                    wrong.incrementAndGet();
                }
                ended = true;
                if (slot >= 0) {
                    freeSlots.add(slot);
                }
                rail.rail.releasePeer(peer);
                outstanding.decrementAndGet();
            }
        }
    }
}

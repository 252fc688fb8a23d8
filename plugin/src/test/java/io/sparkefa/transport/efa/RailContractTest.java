package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.Await;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a rail does over any libfabric. */
@Timeout(120)
abstract class RailContractTest {

    private final String provider;
    TestRail here;
    TestRail there;
    long peer;

    RailContractTest(String provider) {
        this.provider = provider;
    }

    /** The libfabric of one more host. */
    abstract Libfabric libfabric(String host);

    @BeforeEach
    void open() throws IOException {
        here = new TestRail(libfabric("here"), TestRail.settings(provider));
        there = new TestRail(libfabric("there"), TestRail.settings(provider));
        peer = here.insert(there);
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    @Test
    void aMessageArrivesWholeAndItsSenderIsTold() {
        byte[] message = bytes(1, 4096);
        Ending sent = here.send(peer, message);
        sent.awaitDone();
        Await.until("a message to arrive", () -> !there.messages.isEmpty());
        assertThat(there.messages.remove()).isEqualTo(message);
        assertThat(there.messages).isEmpty();
    }

    @Test
    void messagesAreCopiedWhenTheyAreSent() {
        ByteBuffer message = ByteBuffer.wrap(new byte[100]);
        Ending sent = new Ending(here.rail);
        here.runOnRail(() -> {
            for (int i = 0; i < 100; i++) {
                message.put(50, (byte) i);
                here.rail.send(peer, message, i == 99 ? sent : new Ending(here.rail));
            }
        });
        sent.awaitDone();
        Await.until("all messages to arrive", () -> there.messages.size() == 100);
        assertThat(there.messages.stream().map(bytes -> (int) bytes[50]))
                .isEqualTo(java.util.stream.IntStream.range(0, 100).boxed().toList());
        assertThat(message.position()).isZero();
    }

    @Test
    void farMoreMessagesThanThereAreBuffersArriveInOrder() {
        int count = 3000;
        List<Ending> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(here.send(peer, ByteBuffer.allocate(20 + i % 500).putInt(i).array()));
        }
        Await.until("all messages to arrive", () -> there.messages.size() >= count);
        sent.forEach(Ending::awaitDone);
        int expected = 0;
        for (byte[] message : there.messages) {
            assertThat(ByteBuffer.wrap(message).getInt()).isEqualTo(expected);
            assertThat(message).hasSize(20 + expected % 500);
            expected++;
        }
    }

    @Test
    void aReadBringsThePeersBytes() {
        fill(there, 7);
        here.read(peer, there, 12345, 1 << 20).awaitDone();
        assertThat(destination(12345, 1 << 20)).isEqualTo(exposed(12345, 1 << 20));
        assertThat(destination(0, 12345)).containsOnly(0);
        assertThat(here.rail.readsOutstanding()).isZero();
    }

    @Test
    void farMoreReadsThanFitIntoTheQueueAllBringTheirBytes() {
        fill(there, 8);
        int readBytes = 4096;
        int count = TestRail.MEMORY_BYTES / readBytes;
        List<Ending> reads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            reads.add(here.read(peer, there, (long) i * readBytes, readBytes));
        }
        reads.forEach(Ending::awaitDone);
        assertThat(destination(0, TestRail.MEMORY_BYTES)).isEqualTo(exposed(0, TestRail.MEMORY_BYTES));
        assertThat(here.rail.readsOutstanding()).isZero();
    }

    @Test
    void bothSidesSendAndReadAtOnce() {
        fill(here, 9);
        fill(there, 10);
        long back = there.insert(here);
        List<Ending> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int offset = i * 20_000;
            all.add(here.read(peer, there, offset, 20_000));
            all.add(there.read(back, here, offset, 20_000));
            all.add(here.send(peer, bytes(i, 1000)));
            all.add(there.send(back, bytes(i, 1000)));
        }
        all.forEach(Ending::awaitDone);
        Await.until("all messages", () -> here.messages.size() == 200 && there.messages.size() == 200);
        assertThat(destination(0, 4_000_000)).isEqualTo(exposed(0, 4_000_000));
    }

    @Test
    void oneOperationCanBeginTheNext() {
        fill(there, 11);
        AtomicInteger left = new AtomicInteger(500);
        Ending last = new Ending(here.rail);
        here.rail.execute(() -> readOneAfterTheOther(left, last));
        last.awaitDone();
    }

    private void readOneAfterTheOther(AtomicInteger left, Ending last) {
        Rail.Operation next = new Rail.Operation() {
            @Override
            public void onDone() {
                readOneAfterTheOther(left, last);
            }

            @Override
            public void onFailed(RailFailure failure) {
                last.onFailed(failure);
            }
        };
        here.rail.read(
                peer,
                there.exposed.remoteAddress(0, 0),
                there.exposed.key(0),
                here.destination,
                0,
                1000,
                left.getAndDecrement() > 0 ? next : last);
    }

    @Test
    void aPeerHasOneHandleWhileItIsInUse() {
        assertThat(here.insert(there)).isEqualTo(peer);
        here.runOnRail(() -> here.rail.releasePeer(peer));
        here.send(peer, bytes(1, 10)).awaitDone();
        here.runOnRail(() -> here.rail.releasePeer(peer));
        assertThatThrownBy(() -> here.runOnRail(() -> here.rail.releasePeer(peer)))
                .hasRootCauseInstanceOf(IllegalStateException.class);
        // It may have been kept under its old handle: sessions come and go while endpoints stay.
        here.send(here.insert(there), bytes(2, 10)).awaitDone();
        Await.until("both messages", () -> there.messages.size() == 2);
    }

    @Test
    void tasksRunInOrderAndOneThatThrowsHurtsNobody() {
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            here.rail.execute(() -> {
                ran.add(number);
                if (number == 50) {
                    throw new IllegalStateException("a task that fails on purpose");
                }
            });
        }
        here.runOnRail(() -> {});
        assertThat(ran).hasSize(1000).isSorted();
        here.send(peer, bytes(1, 10)).awaitDone();
    }

    @Test
    void afterClosingNothingRuns() {
        here.rail.close();
        assertThat(here.rail.address()).isEmpty();
        assertThatThrownBy(() -> here.rail.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        here.rail.close();
    }

    @Test
    void closingEndsEveryOperationOnce() {
        List<Ending> all = new ArrayList<>();
        AtomicInteger tasks = new AtomicInteger();
        for (int i = 0; i < 500; i++) {
            all.add(here.read(peer, there, i, 1));
            all.add(here.send(peer, bytes(i, 100)));
            here.rail.execute(tasks::incrementAndGet);
        }
        here.rail.close();
        assertThat(all).allSatisfy(ending -> assertThat(ending.count()).isEqualTo(1));
        assertThat(tasks).hasValue(500);
        // The other end is none the worse for it.
        there.runOnRail(() -> {});
    }

    @Test
    void aRailCanBeClosedOnItsOwnThread() {
        here.rail.execute(here.rail::close);
        Await.until("the rail to be closed", () -> here.rail.address().isEmpty());
    }

    @Test
    void aRebuiltRailHasAnotherAddressAndKnowsItsPeers() {
        fill(there, 12);
        byte[] before = here.address();
        Ending sent = new Ending(here.rail);
        here.runOnRail(() -> here.rail.rebuild("a test wants it"));
        Await.until("the rail to be up again", () -> here.ups.get() == 1);
        assertThat(here.downs).singleElement().asString().contains("a test wants it");
        assertThat(here.address()).isNotEqualTo(before);
        here.send(peer, bytes(3, 30)).awaitDone();
        here.read(peer, there, 0, 100_000).awaitDone();
        assertThat(destination(0, 100_000)).isEqualTo(exposed(0, 100_000));
        Await.until("the message", () -> there.messages.size() == 1);
        there.send(there.insert(here), bytes(4, 40)).awaitDone();
        Await.until("the message", () -> here.messages.size() == 1);
        assertThat(sent.isOver()).isFalse();
    }

    @Test
    void ticksComeWhetherItIsBusyOrIdle() {
        long before = here.ticks.get();
        Await.until("five ticks", () -> here.ticks.get() >= before + 5);
    }

    @Test
    void anIdleRailUsesNextToNoCpuAndIsThereWhenItIsNeeded() {
        here.send(peer, bytes(1, 10)).awaitDone();
        long startNs = System.nanoTime();
        Await.until("the rail to be idle for a while", () -> System.nanoTime() - startNs > 3_000_000_000L);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long thread = here.onRail(() -> Thread.currentThread().getId());
        long cpuBeforeNs = threads.getThreadCpuTime(thread);
        long idleFromNs = System.nanoTime();
        Await.until("the rail to be idle for longer", () -> System.nanoTime() - idleFromNs > 3_000_000_000L);
        double share = (double) (threads.getThreadCpuTime(thread) - cpuBeforeNs) / (System.nanoTime() - idleFromNs);
        System.out.printf("an idle rail over %s uses %.2f %% of a core%n", provider, 100 * share);
        // Ten times what it should be: others use this machine, and the clock.
        assertThat(share).isLessThan(0.05);
        long wokenNs = System.nanoTime();
        here.runOnRail(() -> {});
        assertThat(System.nanoTime() - wokenNs).isLessThan(5_000_000_000L);
    }

    static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static void fill(TestRail of, long seed) {
        of.exposed.slice(0, TestRail.MEMORY_BYTES).put(bytes(seed, TestRail.MEMORY_BYTES));
    }

    byte[] destination(int offset, int length) {
        return bytes(here.destination, offset, length);
    }

    byte[] exposed(int offset, int length) {
        return bytes(there.exposed, offset, length);
    }

    private static byte[] bytes(RegisteredMemory memory, int offset, int length) {
        byte[] bytes = new byte[length];
        memory.slice(offset, length).get(bytes);
        return bytes;
    }
}

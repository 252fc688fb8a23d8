package io.sparkefa.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the binding promises, over one provider after the other. Both ends are in this process, and driven by one thread. */
abstract class FabricContractTest {

    private static final long SEED = 20261122;

    final FabricSupport support;
    FabricNode alice;
    FabricNode bob;
    long bobOfAlice;
    long aliceOfBob;

    FabricContractTest(String provider) {
        support = FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0));
    }

    @BeforeEach
    void openBoth() throws FabricException {
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));
        alice = FabricNode.open(support);
        bob = FabricNode.open(support);
        bobOfAlice = alice.insert(bob);
        aliceOfBob = bob.insert(alice);
    }

    @AfterEach
    void closeBoth() {
        if (alice != null) {
            alice.close();
        }
        if (bob != null) {
            bob.close();
        }
    }

    /** Lengths of messages to try. */
    int[] messageLengths() {
        return new int[] {0, 1, 100, 4096, 9000, 65536, 1 << 20};
    }

    @Test
    void sendsMessagesOfManyLengths() throws FabricException {
        long context = 1;
        for (int lengthBytes : messageLengths()) {
            ByteBuffer sent = fill(alice.bytes(0, lengthBytes));
            long receive = context++;
            long send = context++;
            FabricNode.post(() -> bob.endpoint.receive(bob.region, 0, lengthBytes, receive), alice, bob);
            FabricNode.post(() -> alice.endpoint.send(alice.region, 0, lengthBytes, bobOfAlice, send), alice, bob);
            FabricNode.await(
                    "a message of " + lengthBytes + " bytes",
                    () -> bob.isDone(receive) && alice.isDone(send),
                    alice,
                    bob);
            assertThat(bob.errors).isEmpty();
            assertThat(bob.lengths.get(receive)).isEqualTo(lengthBytes);
            assertThat(bob.bytes(0, lengthBytes)).isEqualTo(sent);
        }
    }

    @Test
    void sendsTaggedMessagesToWhereTheyAreAwaited() throws FabricException {
        FabricNode.post(() -> bob.endpoint.receiveTagged(bob.region, 0, 16, 0x70, 0x0f, 1), bob);
        FabricNode.post(() -> bob.endpoint.receiveTagged(bob.region, 16, 16, 0x80, 0x0f, 2), bob);
        alice.bytes(0, 8).putLong(0, 42);
        FabricNode.post(() -> alice.endpoint.sendTagged(alice.region, 0, 8, bobOfAlice, 0x83, 3), alice, bob);
        FabricNode.await("the tagged message", () -> bob.isDone(2) && alice.isDone(3), alice, bob);
        assertThat(bob.isDone(1)).isFalse();
        assertThat(bob.tags.get(2L)).isEqualTo(0x83);
        assertThat(bob.bytes(16, 8).getLong(0)).isEqualTo(42);
    }

    @Test
    void readsRemoteMemory() throws FabricException {
        ByteBuffer there = fill(bob.bytes(1000, 1 << 20));
        long remoteAddress = bob.region.remoteAddress(1000);
        FabricNode.post(
                () -> alice.endpoint.read(alice.region, 77, 1 << 20, bobOfAlice, remoteAddress, bob.region.key(), 9),
                alice,
                bob);
        FabricNode.await("the read", () -> alice.isDone(9), alice, bob);
        assertThat(alice.errors).isEmpty();
        assertThat(alice.bytes(77, 1 << 20)).isEqualTo(there);
    }

    @Test
    void writesRemoteMemory() throws FabricException {
        ByteBuffer here = fill(alice.bytes(0, 100_000));
        FabricNode.post(
                () -> alice.endpoint.write(
                        alice.region, 0, 100_000, bobOfAlice, bob.region.remoteAddress(5), bob.region.key(), 9),
                alice,
                bob);
        FabricNode.await(
                "the write", () -> alice.isDone(9) && bob.bytes(5, 100_000).equals(here), alice, bob);
        assertThat(alice.errors).isEmpty();
    }

    @Test
    void answersWhileBothSend() throws FabricException {
        exchange(200);
    }

    private void exchange(int messageCount) throws FabricException {
        for (int i = 0; i < messageCount; i++) {
            long context = 4 * i;
            FabricNode.post(() -> bob.endpoint.receive(bob.region, 0, 64, context), alice, bob);
            FabricNode.post(() -> alice.endpoint.receive(alice.region, 0, 64, context + 1), alice, bob);
            alice.bytes(64, 8).putLong(0, i);
            FabricNode.post(() -> alice.endpoint.send(alice.region, 64, 8, bobOfAlice, context + 2), alice, bob);
            FabricNode.await("ping", () -> bob.isDone(context) && alice.isDone(context + 2), alice, bob);
            bob.bytes(64, 8).putLong(0, bob.bytes(0, 8).getLong(0) + 1);
            FabricNode.post(() -> bob.endpoint.send(bob.region, 64, 8, aliceOfBob, context + 3), alice, bob);
            FabricNode.await("pong", () -> alice.isDone(context + 1) && bob.isDone(context + 3), alice, bob);
            assertThat(alice.bytes(0, 8).getLong(0)).isEqualTo(i + 1);
        }
    }

    @Test
    void reportsNoEventWhileAllIsWell() throws FabricException {
        assertThat(alice.events.poll()).isEmpty();
    }

    /** A key that nobody gave out, in the way of the provider at hand. */
    @Test
    void failsToReadWithAWrongKeyAndGoesOn() throws FabricException {
        assumeTrue(
                whyWrongKeysAreNotTried().isEmpty(),
                () -> whyWrongKeysAreNotTried().orElse(""));
        // Only an answer of the peer tells the EFA provider that the peer's NIC can be read from; until then it
        // emulates.
        exchange(10);
        alice.lengths.clear();
        long wrong = bob.region.key() ^ 0x5a5a;
        FabricNode.post(
                () -> alice.endpoint.read(alice.region, 0, 64, bobOfAlice, bob.region.remoteAddress(0), wrong, 1),
                alice,
                bob);
        FabricNode.await("the read to fail", () -> alice.isDone(1), alice, bob);
        checkWrongKey(alice.errors.get(1L));

        alice.errors.clear();
        readsRemoteMemory();
    }

    /** Why {@link #failsToReadWithAWrongKeyAndGoesOn} means nothing over this provider. */
    abstract Optional<String> whyWrongKeysAreNotTried();

    void checkWrongKey(CompletionError error) {
        assertThat(error).isNotNull();
    }

    @Test
    void refusesOperationsWhileItsQueuesAreFull() throws FabricException {
        assumeTrue(
                whyQueuesAreNotFilled().isEmpty(), () -> whyQueuesAreNotFilled().orElse(""));
        int limit = 400;
        try (FabricNode sender = FabricNode.open(support, 32, false)) {
            long peer = sender.insert(bob);
            int accepted = 0;
            while (accepted < limit && sender.endpoint.send(sender.region, 0, 4096, peer, accepted)) {
                accepted++;
            }
            assertThat(accepted)
                    .as("sends accepted without a look at the completion queue")
                    .isLessThan(limit);

            for (int i = 0; i <= accepted; i++) {
                long context = i;
                FabricNode.post(() -> bob.endpoint.receive(bob.region, 0, 4096, context), sender, bob);
            }
            long last = accepted;
            FabricNode.post(() -> sender.endpoint.send(sender.region, 0, 4096, peer, last), sender, bob);
            FabricNode.await(
                    "all messages",
                    () -> sender.lengths.size() == last + 1 && bob.lengths.size() == last + 1,
                    sender,
                    bob);
        }
    }

    Optional<String> whyQueuesAreNotFilled() {
        return Optional.empty();
    }

    @Test
    void cancelsAReceive() throws FabricException {
        FabricNode.post(() -> bob.endpoint.receive(bob.region, 0, 64, 7), bob);
        bob.endpoint.cancel(7);
        FabricNode.await("the cancelled receive", () -> bob.isDone(7), bob);
        assertThat(bob.errors.get(7L).error()).isEqualTo(FabricError.CANCELLED);
        assertThat(bob.errors.get(7L).text()).isNotBlank();
    }

    @Test
    void blocksUntilACompletionComesOrSomebodyWakesIt() throws Exception {
        alice.close();
        alice = FabricNode.open(support, 0, true);
        assumeTrue(alice.queue.canBlock(), "the provider has no wait objects for completion queues");
        assertThat(alice.queue.await(alice.completions, 10)).isZero();

        alice.queue.signal();
        long startNs = System.nanoTime();
        assertThat(alice.queue.await(alice.completions, 10_000)).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(5));

        Thread waker = new Thread(() -> signal(alice.queue));
        waker.start();
        assertThat(alice.queue.await(alice.completions, 10_000)).isZero();
        waker.join();
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(5));
    }

    private static void signal(CompletionQueue queue) {
        try {
            queue.signal();
        } catch (FabricException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void takesNoAddressOfAnotherLength() throws FabricException {
        byte[] address = bob.endpoint.name();
        assertThatThrownBy(() -> alice.addresses.insert(Arrays.copyOf(address, address.length - 1)))
                .isInstanceOf(FabricException.class)
                .hasMessageContaining("have " + address.length + " bytes");
        assertThat(alice.addresses.insert(address)).isNotEqualTo(-1);
    }

    /** Both at once: one that does not forget the other would not greet it again, and the other would wait for that. */
    @Test
    void removesPeersAndInsertsThemAgain() throws FabricException {
        exchange(1);
        alice.addresses.remove(bobOfAlice);
        bob.addresses.remove(aliceOfBob);
        alice.lengths.clear();
        bob.lengths.clear();
        bobOfAlice = alice.insert(bob);
        aliceOfBob = bob.insert(alice);
        exchange(1);
        readsRemoteMemory();
    }

    @Test
    void saysWhichOptionsTheProviderDoesNotKnow() {
        assertThatThrownBy(() -> alice.endpoint.option(EndpointOption.EFA_EMULATED_READ))
                .isInstanceOf(FabricException.class)
                .hasMessageContaining("fi_getopt of EFA_EMULATED_READ");
    }

    @Test
    void closesInOneOrderOnly() throws FabricException {
        assertThatThrownBy(alice.domain::close)
                .isInstanceOf(FabricException.class)
                .hasMessageContaining("are open");
        assertThatThrownBy(alice.queue::close).isInstanceOf(FabricException.class);
        assertThatThrownBy(alice.addresses::close).isInstanceOf(FabricException.class);
        assertThatThrownBy(alice.events::close).isInstanceOf(FabricException.class);
        assertThatThrownBy(alice.memory::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still registered");
        readsRemoteMemory();
    }

    @Test
    void usesNoMemoryOutsideOfARegion() {
        assertThatThrownBy(() -> alice.endpoint.receive(alice.region, FabricNode.MEMORY_BYTES - 7, 8, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> alice.endpoint.send(alice.region, -1, 8, bobOfAlice, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void refusesToUseWhatIsClosed() throws FabricException {
        alice.close();
        assertThatThrownBy(() -> alice.endpoint.receive(alice.region, 0, 8, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        assertThatThrownBy(() -> alice.queue.read(alice.completions)).isInstanceOf(IllegalStateException.class);
        alice.endpoint.close();
    }

    static ByteBuffer fill(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        new Random(SEED).nextBytes(bytes);
        buffer.put(0, bytes);
        return buffer;
    }
}

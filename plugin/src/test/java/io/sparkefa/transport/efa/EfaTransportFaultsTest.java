package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.fabric.emulated.DeviceCounters;
import io.sparkefa.fabric.emulated.EmulatedDevices;
import io.sparkefa.fabric.emulated.Fault;
import io.sparkefa.fabric.emulated.FaultRule;
import io.sparkefa.fabric.emulated.QueuePair;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.TwoPeers;
import io.sparkefa.transport.WindowPiece;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an executor makes of a NIC or a peer that fails, with the emulated device failing on demand. */
@Tag("efa-in-order")
final class EfaTransportFaultsTest {

    private static final int MEGABYTE = 1 << 20;

    private static final Duration PEER_TIMEOUT = Duration.ofSeconds(4);

    private final EmulatedDevices devices = EmulatedDevices.ofThisProcess();
    private final EfaTransports transports = EfaTransports.over(impatient(EfaSettings.defaults()));
    private TwoPeers peers;

    @BeforeEach
    void start() throws IOException {
        peers = new TwoPeers(transports::open);
    }

    @AfterEach
    void stop() throws IOException {
        peers.close();
        transports.close();
    }

    private static EfaSettings impatient(EfaSettings settings) {
        return settings.withPatience(new EfaSettings.Patience(
                PEER_TIMEOUT, Duration.ofMillis(200), settings.patience().openTimeout(), Duration.ofSeconds(1)));
    }

    private QueuePair queuePairOf(TestPeer peer) throws IOException {
        TransportAddress address = peer.transport.address().orElseThrow();
        return devices.queuePair(EfaAddress.decode(address.encoded()).rails().get(0));
    }

    private byte[] addressOfClient() {
        return peers.client.transport.address().map(TransportAddress::encoded).orElse(new byte[0]);
    }

    private void awaitOtherAddressOfClient(byte[] before) {
        Await.until("the rail has a new endpoint", () -> {
            byte[] now = addressOfClient();
            return now.length > 0 && !Arrays.equals(now, before);
        });
    }

    private List<Read> beginReads(Reader reader) {
        ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(16 * MEGABYTE));
        return reader.readAll(window, 16 * MEGABYTE, MEGABYTE);
    }

    @Test
    void theBytesGoThroughTheDevice() {
        Reader reader = peers.connect();
        DeviceCounters before = devices.counters();
        beginReads(reader).forEach(Read::assertRead);
        DeviceCounters moved = devices.counters().minus(before);
        assertThat(moved.get("rdma_read_bytes")).isEqualTo(16 * MEGABYTE);
        assertThat(moved.get("rdma_read_wrs")).isEqualTo(16);
    }

    @Test
    void whatIsRegisteredAlreadyIsReadWhereItIs() {
        Reader reader = peers.connect();
        ByteBuffer staging = transports.opened().get(0).staging.allocate(2 * MEGABYTE);
        staging.put(0, TestWindow.content(0, 2 * MEGABYTE), 0, 2 * MEGABYTE);
        ExposedWindow window = peers.server.expose(
                reader.atServer(),
                new TestWindow(List.of(
                        new WindowPiece.Memory(staging.slice(0, MEGABYTE)),
                        new WindowPiece.Memory(staging.slice(MEGABYTE, MEGABYTE)))));
        DeviceCounters before = devices.counters();
        List<Read> reads = reader.readAll(window, 2 * MEGABYTE, 5000);
        reads.forEach(Read::assertRead);
        DeviceCounters moved = devices.counters().minus(before);
        assertThat(moved.get("rdma_read_bytes")).isEqualTo(2 * MEGABYTE);
        // One of them lies in both pieces.
        assertThat(moved.get("rdma_read_wrs")).isEqualTo(reads.size() + 1);
        assertThat(moved.get("send_wrs")).isLessThan(10);
    }

    @Test
    void aBadKeyCostsOneReadAndNotTheSession() {
        Reader reader = peers.connect();
        try (Fault fault = devices.faults()
                .start(FaultRule.completingWith(FaultRule.BAD_REMOTE_ADDRESS)
                        .reads()
                        .times(1))) {
            List<Read> reads = beginReads(reader);
            reads.forEach(Read::await);
            assertThat(fault.hits()).isEqualTo(1);
            assertThat(reads).filteredOn(read -> read.failure != null).hasSize(1);
        }
        beginReads(reader).forEach(Read::assertRead);
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void aPeerThatIsGoneEndsTheSession() throws IOException {
        Reader reader = peers.connect();
        Reader other = peers.another().connect(peers.server);
        QueuePair client = queuePairOf(peers.client);
        try (Fault fault = devices.faults()
                .start(FaultRule.completingWith(FaultRule.BAD_DESTINATION).from(client))) {
            beginReads(reader).forEach(Read::assertFailed);
            reader.awaitClosed();
            assertThat(fault.hits()).isPositive();
        }
        Await.until("the server gives the silent reader up", () -> peers.server.sessionsClosed.get() == 1);
        other.read(peers.server.expose(other.atServer(), TestWindow.ofMemory(10)), 0, 10)
                .assertRead();
    }

    @Test
    void anUnreachablePeerNamesTheSecurityGroup() throws IOException {
        QueuePair server = queuePairOf(peers.server);
        byte[] before = addressOfClient();
        try (Fault fault = devices.faults().start(FaultRule.unreachable().towards(server))) {
            Reader reader = peers.client.open(peers.server, peers.server.issue());
            reader.awaitClosed();
            assertThat(fault.hits()).isPositive();
            assertThat(reader.causes)
                    .singleElement()
                    .extracting(TransportException::getMessage)
                    .asString()
                    .contains("security group");
        }
        awaitOtherAddressOfClient(before);
        peers.connect();
    }

    @Test
    void aPeerThatPausesIsWaitedFor() throws IOException {
        Reader reader = peers.connect();
        QueuePair server = queuePairOf(peers.server);
        List<Read> reads;
        try (Fault fault = devices.faults().start(FaultRule.stalled().from(server))) {
            reads = beginReads(reader);
            long startNs = System.nanoTime();
            Await.until(
                    "half of its patience has passed", () -> System.nanoTime() - startNs > PEER_TIMEOUT.toNanos() / 2);
            assertThat(fault.hits()).isPositive();
            assertThat(reads).noneMatch(Read::isOver);
        }
        reads.forEach(Read::assertRead);
        assertThat(reader.closed).hasValue(0);
        assertThat(peers.server.sessionsClosed).hasValue(0);
    }

    @Test
    void aPeerThatStaysSilentIsGivenUp() throws IOException {
        Reader reader = peers.connect();
        QueuePair server = queuePairOf(peers.server);
        try (Fault fault = devices.faults().start(FaultRule.stalled().from(server))) {
            List<Read> reads = beginReads(reader);
            reader.awaitClosed();
            reads.forEach(Read::assertFailed);
            assertThat(fault.hits()).isPositive();
            assertThat(reader.causes)
                    .singleElement()
                    .extracting(TransportException::getMessage)
                    .asString()
                    .contains("does not answer");
        }
    }

    @Test
    void aPeerThatLeavesARequestUnansweredIsGivenUpAsSoon() throws IOException {
        Reader reader = peers.connect();
        QueuePair server = queuePairOf(peers.server);
        try (Fault fault = devices.faults().start(FaultRule.stalled().from(server))) {
            long startNs = System.nanoTime();
            reader.connection().send(Reader.bytes("a request"));
            reader.awaitClosed();
            assertThat(System.nanoTime() - startNs).isLessThan(2 * PEER_TIMEOUT.toNanos());
            assertThat(fault.hits()).isPositive();
        }
    }

    /**
     * The NIC owes completions and does not give them up. libfabric 1.17 cannot close such an endpoint, so the memory stays the
     * NIC's for ever; libfabric 2.6 can, so the reads end and the rail comes back.
     */
    @Test
    void memoryThatTheNicMayStillWriteToIsNotGivenBack() throws IOException {
        Reader reader = peers.connect();
        QueuePair client = queuePairOf(peers.client);
        byte[] before = addressOfClient();
        List<Read> reads;
        try (Fault fault = devices.faults().start(FaultRule.stalled().reads().from(client))) {
            reads = beginReads(reader);
            Await.until("reads are posted", () -> fault.hits() > 0);
            reader.connection().close();
            reader.awaitClosed();
        }
        assertThat(reads).noneMatch(read -> read.isOver() && read.failure == null);
        if (reads.stream().allMatch(Read::isOver)) {
            awaitOtherAddressOfClient(before);
        } else {
            assertThat(addressOfClient()).isEmpty();
        }
    }

    @Test
    void aBrokenDeviceEndsSessionsAndComesBack() throws IOException {
        Reader reader = peers.connect();
        QueuePair client = queuePairOf(peers.client);
        try (Fault fault = devices.faults().start(FaultRule.brokenQueuePairs().from(client))) {
            beginReads(reader).forEach(Read::await);
            reader.awaitClosed();
            assertThat(fault.hits()).isPositive();
        }
        assertThat(transports.opened().get(1).counters.get(ShuffleCounter.RAILS_LOST))
                .isPositive();
        Await.until(
                "the rail is up again", () -> peers.client.transport.address().isPresent());
        beginReads(peers.connect()).forEach(Read::assertRead);
    }

    @Test
    void memoryThatCannotBeRegisteredIsAnErrorWithAdvice() {
        try (Fault fault =
                devices.faults().start(FaultRule.failingRegistrations(12).times(1))) {
            assertThatThrownBy(transports::open).hasMessageContaining("RLIMIT_MEMLOCK");
            assertThat(fault.hits()).isEqualTo(1);
        }
        transports.open();
    }
}

package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What every transport does when one side is refused or goes, at whatever moment. */
public abstract class TransportFailureContractTest {

    private static final int MEGABYTE = 1 << 20;

    private TwoPeers peers;

    /** A transport of the kind under test, not started. */
    protected abstract Transport newTransport();

    /** Whether nothing stays open of a connection that was being made when either side went. */
    protected boolean closesWhatIsConnecting() {
        return true;
    }

    @BeforeEach
    void start() throws IOException {
        peers = new TwoPeers(this::newTransport);
    }

    @AfterEach
    void stop() throws IOException {
        peers.close();
    }

    private ExposedWindow expose(Reader reader, Window window) {
        return peers.server.expose(reader.atServer(), window);
    }

    // ---- refusal

    @Test
    void anUnknownSessionIsRefused() {
        SessionCredentials unknown =
                new SessionCredentials(UUID.randomUUID(), new byte[SessionCredentials.KEY_BYTES], peers.server.self);
        assertRefused(peers.client.open(peers.server, unknown));
    }

    @Test
    void aWrongKeyIsRefused() throws IOException {
        SessionCredentials right = peers.server.issue();
        byte[] key = right.key().clone();
        key[31] ^= 1;
        assertRefused(peers.client.open(peers.server, new SessionCredentials(right.sessionId(), key, right.server())));
        // By another executor: one that got no answer may look after its network card first.
        assertThat(peers.another().connect(peers.server).opened).hasValue(1);
    }

    @Test
    void aSessionThatIsNoLongerGoodIsRefused() {
        SessionCredentials credentials = peers.server.issue();
        peers.server.issued.remove(credentials.sessionId());
        assertRefused(peers.client.open(peers.server, credentials));
    }

    @Test
    void nobodyThere() {
        SessionCredentials credentials = peers.server.issue();
        peers.server.close();
        assertRefused(peers.client.open(peers.server, credentials));
    }

    private void assertRefused(Reader reader) {
        ReadsFailed reads = new ReadsFailed(reader);
        reader.awaitClosed();
        assertThat(reader.opened).hasValue(0);
        assertThat(reader.causes)
                .singleElement()
                .satisfies(cause -> assertThat(cause.getMessage()).isNotBlank());
        reads.assertSo();
        assertThat(peers.server.received).isEmpty();
    }

    /** Reads that were begun on a connection that never opens. */
    private static final class ReadsFailed {
        private final List<Read> reads = new ArrayList<>();

        ReadsFailed(Reader reader) {
            for (int i = 0; i < 10; i++) {
                Read read = new Read(0, 1000);
                reader.connection().read(new WindowDescriptor(new byte[8]), 0, read.destination, read);
                reader.connection().send(Reader.bytes("to nobody"));
                reads.add(read);
            }
        }

        void assertSo() {
            reads.forEach(Read::assertFailed);
        }
    }

    @Test
    void aSessionThatHasEndedDoesNotBeginAnew() {
        SessionCredentials credentials = peers.server.issue();
        Reader reader = peers.client.connect(peers.server, peers.server.address, credentials);
        reader.atServer().close("enough");
        reader.awaitClosed();
        Await.until("the server knows", () -> peers.server.sessionsClosed.get() == 1);
        assertRefused(peers.client.open(peers.server, credentials));
        assertThat(peers.server.sessionsClosed).hasValue(1);
    }

    // ---- closing windows

    @Test
    void aClosedWindowCannotBeReadAndIsClosedOnce() {
        Reader reader = peers.connect();
        TestWindow window = TestWindow.ofMemory(1000);
        ExposedWindow exposed = expose(reader, window);
        reader.read(exposed, 0, 1000).assertRead();
        exposed.close();
        Await.until("the window is closed", () -> window.closeCount() == 1);
        exposed.close();
        reader.read(exposed, 0, 1000).assertFailed();
        assertThat(window.closeCount()).isEqualTo(1);
    }

    @RepeatedTest(10)
    void aWindowClosedAmidReadsEndsEachOfThem() {
        Reader reader = peers.connect();
        TestWindow window = TestWindow.ofMemory(16 * MEGABYTE);
        ExposedWindow exposed = expose(reader, window);
        List<Read> reads = reader.readAll(exposed, 16 * MEGABYTE, 100_000);
        reads.get(ThreadLocalRandom.current().nextInt(reads.size())).await();
        exposed.close();
        reads.forEach(this::assertReadOrFailed);
        Await.until("the window is closed", () -> window.closeCount() == 1);
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void aWindowExposedToASessionThatHasEndedIsClosed() {
        Reader reader = peers.connect();
        reader.connection().close();
        reader.awaitClosed();
        Await.until("the server knows", () -> peers.server.sessionsClosed.get() == 1);
        TestWindow window = TestWindow.ofMemory(1000);
        ExposedWindow exposed = reader.atServer().expose(window);
        Await.until("the window is closed", () -> window.closeCount() == 1);
        exposed.close();
        assertThat(window.closeCount()).isEqualTo(1);
        reader.atServer().send(Reader.bytes("into the void"));
    }

    // ---- somebody goes

    @Test
    void closingEndsReadsAndTellsBothSides() {
        Reader reader = peers.connect();
        TestWindow window = TestWindow.ofMemory(16 * MEGABYTE);
        List<Read> reads = reader.readAll(expose(reader, window), 16 * MEGABYTE, 100_000);
        reader.connection().close();
        reader.connection().close();
        reads.forEach(this::assertReadOrFailed);
        reader.awaitClosed();
        Await.until("the server knows", () -> peers.server.sessionsClosed.get() == 1);
        Await.until("the window is closed", () -> window.closeCount() == 1);
        Read late = new Read(0, 10);
        reader.connection().read(new WindowDescriptor(new byte[8]), 0, late.destination, late);
        late.assertFailed();
        reader.connection().send(Reader.bytes("too late"));
    }

    @Test
    void theServerMayEndASession() {
        Reader reader = peers.connect();
        Reader other = peers.connect();
        TestWindow window = TestWindow.ofMemory(MEGABYTE);
        ExposedWindow exposed = expose(reader, window);
        reader.read(exposed, 0, MEGABYTE).assertRead();
        reader.atServer().close("you talk too much");
        reader.awaitClosed();
        assertThat(reader.causes)
                .singleElement()
                .satisfies(cause -> assertThat(cause.getMessage()).contains("you talk too much"));
        Await.until("the server knows", () -> peers.server.sessionsClosed.get() == 1);
        Await.until("the window is closed", () -> window.closeCount() == 1);
        reader.read(exposed, 0, 10).assertFailed();
        assertThat(peers.server.sessionsClosed).hasValue(1);
        other.read(expose(other, TestWindow.ofMemory(10)), 0, 10).assertRead();
    }

    @RepeatedTest(20)
    void theServersTransportGoesAmidReads() {
        Reader reader = peers.connect();
        TestWindow window = TestWindow.ofMemory(16 * MEGABYTE);
        List<Read> reads = reader.readAll(expose(reader, window), 16 * MEGABYTE, 100_000);
        peers.server.close();
        assertThat(window.closeCount()).isEqualTo(1);
        reads.forEach(this::assertReadOrFailed);
        reader.awaitClosed();
        assertThat(peers.server.sessionsClosed).hasValue(1);
    }

    @Test
    void theClientsTransportGoesAmidReads() {
        Reader reader = peers.connect();
        TestWindow window = TestWindow.ofMemory(16 * MEGABYTE);
        List<Read> reads = reader.readAll(expose(reader, window), 16 * MEGABYTE, 100_000);
        peers.client.close();
        assertThat(reads).allMatch(Read::isOver);
        reads.forEach(this::assertReadOrFailed);
        assertThat(reader.closed).hasValue(1);
        Await.until("the server knows", () -> peers.server.sessionsClosed.get() == 1);
        Await.until("the window is closed", () -> window.closeCount() == 1);
    }

    @Test
    void theServersTransportGoesWhileIdle() {
        Reader reader = peers.connect();
        peers.server.close();
        reader.awaitClosed();
        peers.server.transport.close();
    }

    @RepeatedTest(5)
    void theConnectionIsClosedWhileItOpens() {
        assumeTrue(closesWhatIsConnecting(), "libfabric's provider leaves its own socket open");
        Reader reader = peers.client.open(peers.server, peers.server.issue());
        Read read = new Read(0, 1000);
        reader.connection().read(new WindowDescriptor(new byte[8]), 0, read.destination, read);
        reader.connection().close();
        read.assertFailed();
        reader.awaitClosed();
    }

    @RepeatedTest(5)
    void theServerGoesWhileAConnectionOpens() {
        assumeTrue(closesWhatIsConnecting(), "libfabric's provider leaves its own socket open");
        Reader reader = peers.client.open(peers.server, peers.server.issue());
        peers.server.close();
        reader.awaitClosed();
    }

    @Test
    void connectingWithAClosedTransportFails() {
        SessionCredentials credentials = peers.server.issue();
        peers.client.close();
        peers.client.open(peers.server, credentials).awaitClosed();
    }

    @Test
    void aTransportClosesFromWithinACallback() {
        Reader reader = peers.connect();
        peers.server.onMessage = (from, message) -> peers.server.transport.close();
        reader.connection().send(Reader.bytes("go"));
        reader.awaitClosed();
    }

    // ---- all of it at once

    @RepeatedTest(10)
    void everyReadEndsOnceWhateverCloses() throws IOException {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<Reader> readers = new ArrayList<>();
        List<TestWindow> windows = new ArrayList<>();
        List<Runnable> faults = new ArrayList<>();
        List<Read> reads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Reader reader = i % 2 == 0 ? peers.connect() : peers.another().connect(peers.server);
            readers.add(reader);
            faults.add(reader.connection()::close);
            faults.add(() -> reader.atServer().close("by chance"));
        }
        faults.add(peers.server.transport::close);
        int faultEvery = random.nextInt(20, 300);
        for (int i = 0; i < 600; i++) {
            Reader reader = readers.get(random.nextInt(readers.size()));
            TestWindow window = TestWindow.ofMemory(random.nextInt(1, 300_000));
            windows.add(window);
            ExposedWindow exposed = expose(reader, window);
            faults.add(exposed::close);
            int readBytes = random.nextInt(1, (int) window.lengthBytes() + 1);
            reads.add(reader.read(exposed, random.nextLong(window.lengthBytes() - readBytes + 1), readBytes));
            if (i % faultEvery == faultEvery - 1) {
                faults.get(random.nextInt(faults.size())).run();
            }
        }
        peers.server.transport.close();
        reads.forEach(this::assertReadOrFailed);
        readers.forEach(Reader::awaitClosed);
        windows.forEach(window -> Await.until("each window is closed once", () -> window.closeCount() == 1));
        assertThat(reads).allMatch(read -> read.ends.get() == 1);
    }

    private void assertReadOrFailed(Read read) {
        if (read.await().failure == null) {
            read.assertRead();
        }
        assertThat(read.ends).hasValue(1);
    }
}

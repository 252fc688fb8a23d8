package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.TwoPeers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several flows of one session: how they share the work, and what happens when some of them break. */
class SocketFlowsTest {

    private static final int FLOWS = 4;
    private static final int STRIPE_BYTES = 64 << 10;
    private static final int WINDOW_BYTES = 32 << 20;
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final ShuffleCounters counters = new ShuffleCounters();
    private SocketSettings settings = SocketSettings.defaults()
            .withBinding("127.0.0.1", 0, 0)
            .withFlows(2, FLOWS, FLOWS, STRIPE_BYTES)
            .withTimeouts(LONG, Duration.ofSeconds(1), LONG, LONG, Duration.ofSeconds(2), LONG);

    private TwoPeers peers;
    private FlowProxy proxy;

    @BeforeEach
    void start() throws IOException {
        restart(settings);
    }

    private void restart(SocketSettings changed) throws IOException {
        if (peers != null) {
            stop();
        }
        settings = changed;
        peers = new TwoPeers(() -> new SocketTransport(settings, counters));
        proxy = new FlowProxy(peers.server.address);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        peers.close();
    }

    private Reader connectThroughProxy() {
        SessionCredentials credentials = peers.server.issue();
        return peers.client.connect(peers.server, proxy.address(), credentials);
    }

    private ExposedWindow exposeMemory(Reader reader) {
        return peers.server.expose(reader.atServer(), TestWindow.ofMemory(WINDOW_BYTES));
    }

    @Test
    void oneReadIsSpreadOverAllFlows() {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        // The first read makes the flows open; the second finds them.
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all flows are open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == FLOWS);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        assertThat(proxy.flows()).hasSize(FLOWS);
        assertThat(proxy.flows())
                .allSatisfy(flow -> assertThat(flow.downBytes()).isGreaterThan(WINDOW_BYTES / 16));
    }

    @Test
    void aSlowFlowTakesLessOfTheWork() {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all flows are open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == FLOWS);
        FlowProxy.Flow slow = proxy.flows().get(1);
        slow.slowDown(1 << 20);
        long before = slow.downBytes();
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        assertThat(slow.downBytes() - before).isLessThan(WINDOW_BYTES / 8);
    }

    @Test
    void flowsGrowWhileEachIsTheLimit() throws IOException {
        restart(settings.withFlows(2, 1, 8, STRIPE_BYTES));
        proxy.slowDownNewFlows(8 << 20);
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        Await.until("there are 8 flows", () -> {
            reader.read(window, 0, 4 << 20).assertRead();
            return counters.get(ShuffleCounter.FLOWS_OPENED) == 8;
        });
    }

    @Test
    void aPeerThatDropsEveryFlowIsGivenUp() {
        Reader reader = connectThroughProxy();
        proxy.cutNewFlowsAfter(2 * Frame.HEADER_BYTES + Handshake.GREETING_BYTES + Handshake.WELCOME_BYTES);
        proxy.flows().get(0).cut();
        reader.awaitClosed();
        assertThat(proxy.flows()).hasSizeLessThan(10);
    }

    @Test
    void whatABrokenFlowOwedComesOverTheOthers() throws IOException {
        Reader reader = connectThroughProxy();
        FileChannel file = peers.file(folder, 0, WINDOW_BYTES);
        TestWindow content = TestWindow.ofFile(file, 0, WINDOW_BYTES);
        ExposedWindow window = peers.server.expose(reader.atServer(), content);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all flows are open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == FLOWS);
        List<Read> reads = reader.readAll(window, WINDOW_BYTES, 1 << 20);
        reads.get(3).await();
        proxy.flows().get(1).cut();
        proxy.flows().get(2).cut();
        reads.forEach(Read::assertRead);
        assertThat(counters.get(ShuffleCounter.FLOWS_LOST)).isEqualTo(2);
        Await.until("the reader was told", () -> reader.messagesLost.get() == 2);
        assertThat(reader.closed).hasValue(0);
        reader.connection().close();
        Await.until("the window is closed", () -> content.closeCount() == 1);
    }

    @Test
    void aBrokenFlowIsReplacedWhileThereIsWork() {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all flows are open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == FLOWS);
        List<Read> reads = reader.readAll(window, WINDOW_BYTES, 1 << 20);
        proxy.flows().get(0).cut();
        reads.forEach(Read::assertRead);
        reader.readAll(window, WINDOW_BYTES, 1 << 20).forEach(Read::assertRead);
        Await.until("another flow is open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) > FLOWS);
    }

    @Test
    void aFlowThatSwallowsEverythingIsGivenUp() {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all flows are open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == FLOWS);
        List<Read> reads = reader.readAll(window, WINDOW_BYTES, 1 << 20);
        reads.get(0).await();
        proxy.flows().get(2).blackHole();
        reads.forEach(Read::assertRead);
        Await.until("the flow counts as lost", () -> counters.get(ShuffleCounter.FLOWS_LOST) == 1);
        Await.until("the reader was told", () -> reader.messagesLost.get() == 1);
    }

    @Test
    void anIdleFlowThatSwallowsEverythingIsFoundToo() {
        Reader reader = connectThroughProxy();
        proxy.flows().get(0).blackHole();
        Await.until("the flow counts as lost", () -> counters.get(ShuffleCounter.FLOWS_LOST) == 1);
        Await.until("another flow is open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == 2);
        reader.read(exposeMemory(reader), 0, 1000).assertRead();
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void theLastFlowComesBackAndFindsItsWindows() {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, 1000).assertRead();
        proxy.flows().forEach(FlowProxy.Flow::cut);
        Await.until("the reader was told", () -> reader.messagesLost.get() >= 1);
        reader.connection().send(Reader.bytes("again"));
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("the message has arrived", () -> peers.server.received.contains("again"));
        assertThat(peers.server.sessionsClosed).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionThatTheServerHasForgottenEndsTheConnection(boolean credentialsStillGood) throws IOException {
        restart(settings.withTimeouts(LONG, Duration.ofSeconds(2), LONG, LONG, Duration.ofMillis(200), LONG));
        SessionCredentials credentials = peers.server.issue();
        Reader reader = peers.client.connect(peers.server, proxy.address(), credentials);
        TestWindow window = TestWindow.ofMemory(1000);
        ExposedWindow exposed = peers.server.expose(reader.atServer(), window);
        proxy.flows().get(0).loseClient();
        Await.until("the server has forgotten it", () -> window.closeCount() == 1);
        if (credentialsStillGood) {
            peers.server.issued.put(credentials.sessionId(), credentials);
        }
        Read read = reader.read(exposed, 0, 1000);
        reader.awaitClosed();
        assertThat(reader.causes.element().getMessage())
                .contains(credentialsStillGood ? "forgotten" : "does not know the session");
        read.assertFailed();
    }

    @Test
    void aReaderThatGoesWithoutAWordIsForgottenAfterAWhile() throws IOException {
        Reader reader = connectThroughProxy();
        TestWindow window = TestWindow.ofMemory(1000);
        peers.server.expose(reader.atServer(), window);
        proxy.refuseNewFlows();
        proxy.flows().forEach(FlowProxy.Flow::cut);
        reader.awaitClosed();
        Await.until("the server knows", () -> peers.server.sessionsClosed.get() == 1);
        Await.until("its window is closed", () -> window.closeCount() == 1);
    }

    @Test
    void theConnectionEndsWhenNoFlowCanBeHad() throws IOException {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all flows are open", () -> counters.get(ShuffleCounter.FLOWS_OPENED) == FLOWS);
        proxy.refuseNewFlows();
        proxy.flows().get(0).cut();
        reader.readAll(window, WINDOW_BYTES, 1 << 20).forEach(Read::assertRead);
        List<Read> reads = reader.readAll(window, WINDOW_BYTES, 1 << 20);
        proxy.flows().forEach(FlowProxy.Flow::cut);
        reader.awaitClosed();
        assertThat(reads).allMatch(Read::isOver);
        assertThat(reader.causes.element()).isInstanceOf(TransportException.class);
        assertThat(reader.causes.element().getMessage()).contains("127.0.0.1");
    }

    @Test
    void idleFlowsCloseDownToOne() throws IOException {
        restart(settings.withTimeouts(
                Duration.ofMillis(100), Duration.ofSeconds(5), LONG, LONG, Duration.ofSeconds(2), LONG));
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        Await.until("all but one have closed", () -> {
            long opened = counters.get(ShuffleCounter.FLOWS_OPENED);
            return opened > 1 && counters.get(ShuffleCounter.FLOWS_CLOSED_IDLE) == opened - 1;
        });
        assertThat(counters.get(ShuffleCounter.FLOWS_LOST)).isZero();
        assertThat(reader.messagesLost).hasValue(0);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
    }

    @Test
    void messagesAreNotLostWhenIdleFlowsClose() throws IOException {
        restart(settings.withTimeouts(
                Duration.ofMillis(1), Duration.ofSeconds(5), LONG, LONG, Duration.ofSeconds(2), LONG));
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        int messages = 0;
        for (int round = 0; round < 20; round++) {
            long closedBefore = counters.get(ShuffleCounter.FLOWS_CLOSED_IDLE);
            reader.read(window, 0, 4 << 20).assertRead();
            while (counters.get(ShuffleCounter.FLOWS_CLOSED_IDLE) == closedBefore && messages < 1000 * (round + 1)) {
                reader.connection().send(Reader.bytes("up"));
                reader.atServer().send(Reader.bytes("down"));
                messages++;
                Thread.onSpinWait();
            }
        }
        int sent = messages;
        Await.until("all have arrived", () -> reader.received.size() == sent && peers.server.received.size() == sent);
        assertThat(reader.messagesLost).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileThatShrinksAmidAnAnswerEndsTheFlowNotTheProcess(boolean mapped) throws IOException {
        restart(settings.withFlows(2, 1, 1, SocketSettings.MAX_STRIPE_BYTES));
        Reader reader = connectThroughProxy();
        FileChannel file = peers.file(folder, 0, 12 << 20);
        TestWindow window = mapped ? TestWindow.ofMappedFile(file, 0, 12 << 20) : TestWindow.ofFile(file, 0, 12 << 20);
        ExposedWindow exposed = peers.server.expose(reader.atServer(), window);
        proxy.flows().get(0).slowDown(20 << 20);
        Read read = reader.read(exposed, 0, 12 << 20);
        Await.until("some of it has come", () -> proxy.flows().get(0).downBytes() > 1 << 20);
        file.truncate(0);
        read.assertFailed();
        exposed.close();
        Await.until("the window is closed", () -> window.closeCount() == 1);
        reader.read(exposeMemory(reader), 0, 1000).assertRead();
    }

    @Test
    void randomCutsDoNotHarmAByte() {
        Reader reader = connectThroughProxy();
        ExposedWindow window = exposeMemory(reader);
        reader.read(window, 0, WINDOW_BYTES).assertRead();
        for (int round = 0; round < 10; round++) {
            List<Read> reads = reader.readAll(window, WINDOW_BYTES, 700_001);
            reads.get(round).await();
            int newest = proxy.flows().size() - 1;
            proxy.flows().get(newest - round % 2).cut();
            reads.forEach(Read::assertRead);
        }
        assertThat(reader.closed).hasValue(0);
    }
}

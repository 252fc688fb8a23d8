package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.Await;
import io.sparkefa.transport.Closing;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.efa.fake.FakeEndpoint;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Closing while peers, NICs or what is served from say nothing any more, over a libfabric in memory. */
class EfaClosingTest {

    private static final int MEGABYTE = 1 << 20;
    private static final long POOL_BYTES = 8 << 20;

    private final FakeFabric network = new FakeFabric(1);
    private Set<Thread> threadsBefore;
    private final List<EfaTestTransport> transports = new ArrayList<>();
    private TestPeer server;
    private TestPeer client;

    @BeforeEach
    void start() throws IOException {
        threadsBefore = Closing.threads();
        server = new TestPeer(newTransport("server"));
        client = new TestPeer(newTransport("client"));
    }

    private EfaTestTransport newTransport(String host) {
        EfaTestTransport transport =
                new EfaTestTransport(network.host(host, 2), TestRail.settings("efa"), POOL_BYTES, POOL_BYTES);
        transports.add(transport);
        return transport;
    }

    @AfterEach
    void stop() {
        transports.forEach(EfaTestTransport::close);
        transports.forEach(EfaTestTransport::closeDevices);
        assertThat(client.violations()).isEmpty();
        assertThat(server.violations()).isEmpty();
        Closing.awaitNoThreads(threadsBefore);
        network.verify();
    }

    private List<FakeEndpoint> endpoints(TestPeer of) throws IOException {
        List<FakeEndpoint> endpoints = new ArrayList<>();
        for (byte[] rail : EfaAddress.decode(
                        of.transport.address().orElseThrow().encoded())
                .rails()) {
            endpoints.add(network.endpoint(rail));
        }
        return endpoints;
    }

    private List<Read> beginReads(Reader reader) {
        ExposedWindow window = server.expose(reader.atServer(), TestWindow.ofMemory(16 * MEGABYTE));
        return reader.readAll(window, 16 * MEGABYTE, MEGABYTE);
    }

    private static void assertOver(Reader reader, List<Read> reads) {
        reader.awaitClosed();
        assertThat(reader.closed).hasValue(1);
        assertThat(reads).allMatch(read -> read.ends.get() == 1);
    }

    @Test
    void aPeerThatDoesNotAnswer() throws Exception {
        try (TestRail silent = new TestRail(network.host("silent", 1), TestRail.settings("efa"))) {
            EfaAddress address = new EfaAddress("efa", List.of(silent.address()));
            Reader reader = new Reader();
            var connection = client.transport.connect(
                    TestPeer.HOST, new TransportAddress(EfaTransport.NAME, address.encode()), client.issue(), reader);
            Read read = new Read(0, 1000);
            connection.read(new WindowDescriptor(new byte[Long.BYTES]), 0, read.destination, read);
            Await.until("it is asked for a session", () -> !silent.messages.isEmpty());
            Closing.inTime(client.transport);
            assertOver(reader, List.of(read));
        }
    }

    @Test
    void aPeerThatFallsSilentAmidReads() throws Exception {
        Reader reader = client.connect(server);
        List<Read> reads = beginReads(reader);
        reads.get(0).await();
        endpoints(server).forEach(endpoint -> endpoint.silence(true));
        Closing.inTime(client.transport);
        assertOver(reader, reads);
        endpoints(server).forEach(endpoint -> endpoint.silence(false));
    }

    @Test
    void aReaderThatFallsSilentAmidReads() throws Exception {
        Reader reader = client.connect(server);
        List<Read> reads = beginReads(reader);
        reads.get(0).await();
        List<FakeEndpoint> silent = endpoints(client);
        silent.forEach(endpoint -> endpoint.silence(true));
        Closing.inTime(server.transport);
        assertThat(server.sessionsClosed).hasValue(1);
        silent.forEach(endpoint -> endpoint.silence(false));
        Closing.inTime(client.transport);
        assertOver(reader, reads);
    }

    @Test
    void railsThatAreBroken() throws Exception {
        Reader reader = client.connect(server);
        List<Read> reads = beginReads(reader);
        network.change(behaviour -> behaviour.failingOpens = 100);
        endpoints(client).forEach(FakeEndpoint::breakCompletionQueue);
        endpoints(server).forEach(FakeEndpoint::breakCompletionQueue);
        Closing.inTime(client.transport, server.transport);
        assertOver(reader, reads);
    }

    /** The memory stays allocated then, and its reads are never told that it is theirs again. */
    @Test
    void endpointsThatDoNotClose() throws Exception {
        client.connect(server);
        CountDownLatch never = new CountDownLatch(1);
        endpoints(client).forEach(endpoint -> endpoint.holdClose(never));
        Closing.inTime(client.transport);
        never.countDown();
    }

    @Test
    void endpointsThatDoNotCloseWithAPeerThatIsSilent() throws Exception {
        client.connect(server);
        CountDownLatch never = new CountDownLatch(1);
        endpoints(client).forEach(endpoint -> endpoint.holdClose(never));
        endpoints(server).forEach(endpoint -> endpoint.silence(true));
        Closing.inTime(client.transport);
        never.countDown();
        endpoints(server).forEach(endpoint -> endpoint.silence(false));
    }

    @Test
    void aDiskThatDoesNotAnswer() throws Exception {
        Reader reader = client.connect(server);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        server.onMessage = (from, message) -> {
            asked.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                throw new AssertionError("who serves is never interrupted", e);
            }
        };
        reader.connection().send(Reader.bytes("read this"));
        asked.await();
        Closing.inTime(server.transport);
        answer.countDown();
    }
}

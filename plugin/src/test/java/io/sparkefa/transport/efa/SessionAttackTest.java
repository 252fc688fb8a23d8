package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.WindowDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A stranger on the network, who overhears every message and sends what he likes, gets nothing, changes nothing, and ends nobody's
 * session. Each of his messages is counted.
 */
@Timeout(60)
abstract class SessionAttackTest {

    private final String provider;
    private EfaTestTransport serverTransport;
    private TestPeer server;
    private byte[] serverAddress;
    private TestRail readerRail;
    private TestRail strangerRail;
    private TestRail victimRail;
    private SessionCredentials credentials;
    private HandWrittenEnd reader;
    private long serverAtStranger;

    SessionAttackTest(String provider) {
        this.provider = provider;
    }

    boolean isEncrypted() {
        return false;
    }

    abstract Libfabric libfabric(String host);

    /** Addresses that an endpoint knows, and messages sent on the network, where the test can tell. */
    long[] knownAndSent(byte[] address) {
        return new long[0];
    }

    private EfaSettings settings() {
        EfaSettings settings = EfaSettings.defaults().withProvider(provider);
        return isEncrypted() ? settings.withEncryption(2) : settings;
    }

    @BeforeEach
    void open() throws IOException, RecordException {
        serverTransport = new EfaTestTransport(libfabric("server"), settings(), 4 << 20, 4 << 20);
        server = new TestPeer(serverTransport);
        serverAddress = railOf(server.address);
        readerRail = new TestRail(libfabric("reader"), TestRail.settings(provider));
        strangerRail = new TestRail(libfabric("stranger"), TestRail.settings(provider));
        victimRail = new TestRail(libfabric("victim"), TestRail.settings(provider));
        serverAtStranger = strangerRail.onRail(() -> strangerRail.rail.insertPeer(serverAddress));
        credentials = server.issue();
        reader = new HandWrittenEnd(readerRail, credentials, isEncrypted());
        reader.open(serverAddress);
    }

    @AfterEach
    void close() {
        readerRail.close();
        strangerRail.close();
        victimRail.close();
        server.close();
        serverTransport.closeDevices();
    }

    private static byte[] railOf(TransportAddress address) throws IOException {
        return EfaAddress.decode(address.encoded()).rails().get(0);
    }

    private long rejected() {
        return rejectedBy(serverTransport);
    }

    private static long rejectedBy(EfaTestTransport transport) {
        return transport.counters.get(ShuffleCounter.FRAMES_REJECTED)
                + transport.counters.get(ShuffleCounter.SESSIONS_REFUSED);
    }

    /** The stranger sends these, and the server rejects every one. */
    private void assertAllRejected(List<byte[]> messages) {
        long before = rejected();
        for (byte[] message : messages) {
            strangerRail.send(serverAtStranger, message).awaitDone();
        }
        Await.until("all are counted", () -> rejected() - before >= messages.size());
        assertThat(rejected() - before).isEqualTo(messages.size());
    }

    private void assertSessionLives(String text) {
        reader.send(reader.sealedText(text));
        Await.until("the server has it", () -> server.received.contains(text));
        assertThat(server.sessionsClosed).hasValue(0);
    }

    /** The reader asks for a chunk and leaves it where it is. */
    void leaveStaged(String request, String answer, int lengthBytes) throws IOException {
        assertSessionLives(request);
        ServerConnection serving = server.serving.get(credentials.sessionId());
        serving.send(Reader.bytes(answer));
        assertThat(reader.nextRecords().get()).isEqualTo(RecordType.MESSAGE.code());
        ExposedWindow window = server.expose(serving, TestWindow.ofMemory(lengthBytes));
        long windowId = ByteBuffer.wrap(window.descriptor().encoded()).getLong();
        reader.send(reader.sealedRead(7, windowId, 0, lengthBytes));
        assertThat(reader.nextRecords().get()).isEqualTo(RecordType.READY.code());
    }

    @Test
    void whatWasOverheardIsOfNoUse() throws Exception {
        leaveStaged("once", "an answer", 100_000);
        reader.send(reader.sealedDone(7));

        List<byte[]> overheard = new ArrayList<>(reader.sent);
        overheard.addAll(reader.sent);
        assertAllRejected(overheard);
        assertThat(strangerRail.messages).isEmpty();
        assertThat(readerRail.messages).isEmpty();
        assertSessionLives("twice");
        assertThat(server.received).containsExactly("once", "twice");
    }

    @Test
    void whatWasOverheardIsOfNoUseAfterwards() throws Exception {
        assertSessionLives("once");
        server.serving.get(credentials.sessionId()).close("enough");
        assertThat(reader.nextRecords().get()).isEqualTo(RecordType.CLOSE.code());
        reader.send(reader.sealed(to -> to.put(RecordType.CLOSED.code())));
        Await.until("the session is over", () -> server.sessionsClosed.get() == 1);
        assertAllRejected(reader.sent);
        assertThat(server.received).containsExactly("once");
        assertThat(readerRail.messages).isEmpty();
    }

    @Test
    void noBitOfAMessageCanBeChanged() {
        byte[] message = reader.sealedText("a request");
        List<byte[]> changed = new ArrayList<>();
        for (int bit = 0; bit < message.length * Byte.SIZE; bit++) {
            byte[] copy = message.clone();
            copy[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            changed.add(copy);
        }
        for (int lengthBytes = 1; lengthBytes < message.length; lengthBytes++) {
            changed.add(Arrays.copyOf(message, lengthBytes));
        }
        changed.add(Arrays.copyOf(message, message.length + 1));
        assertAllRejected(changed);
        assertThat(server.received).isEmpty();
        reader.send(message);
        Await.until("the server has it", () -> server.received.contains("a request"));
        assertThat(server.sessionsClosed).hasValue(0);
    }

    @Test
    void whoKnowsASessionsIdCannotSpeakForIt() throws Exception {
        SessionCredentials others = server.issue();
        TestRail otherRail = new TestRail(libfabric("other"), TestRail.settings(provider));
        HandWrittenEnd other = new HandWrittenEnd(otherRail, others, isEncrypted());
        other.open(serverAddress);
        List<byte[]> forged = new ArrayList<>();
        for (byte[] message : List.of(
                other.sealedText("stolen"),
                other.sealedRead(1, 1, 0, 1),
                other.sealedDone(7),
                other.sealed(to -> to.put(RecordType.CLOSE.code()).putShort((short) 0)),
                other.sealed(to -> to.put((byte) 99)))) {
            forged.add(ByteBuffer.wrap(message).putLong(0, reader.othersId()).array());
        }
        for (RecordType type : RecordType.values()) {
            forged.add(HandWrittenEnd.handshake(reader.othersId(), type, ByteBuffer.allocate(100)));
            forged.add(ByteBuffer.allocate(200)
                    .putLong(reader.othersId())
                    .putLong(1000)
                    .put(type.code())
                    .array());
        }
        assertAllRejected(forged);
        assertThat(server.received).isEmpty();
        assertSessionLives("still here");
        otherRail.close();
    }

    @Test
    void whoWasNotInvitedGetsNoAnswerAndLeavesNoTrace() {
        SplittableRandom random = seeded();
        SessionCredentials notOpened = server.issue();
        byte[] wrongKey = notOpened.key().clone();
        wrongKey[5] ^= 4;
        // He names somebody else's address, to have him bothered.
        HandWrittenEnd stranger = new HandWrittenEnd(victimRail, notOpened, isEncrypted());
        byte[] right = stranger.opening(notOpened);
        List<byte[]> uninvited = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            uninvited.add(
                    stranger.opening(new SessionCredentials(UUID.randomUUID(), notOpened.key(), notOpened.server())));
            byte[] noise = new byte[random.nextInt(1, 1000)];
            random.nextBytes(noise);
            uninvited.add(HandWrittenEnd.handshake(0, RecordType.OPEN, ByteBuffer.wrap(noise)));
            byte[] changed = right.clone();
            changed[random.nextInt(Wire.HEADER_BYTES + 1, right.length)] ^= (byte) random.nextInt(1, 256);
            uninvited.add(changed);
            uninvited.add(Arrays.copyOf(right, random.nextInt(1, right.length)));
        }
        uninvited.add(stranger.opening(new SessionCredentials(notOpened.sessionId(), wrongKey, notOpened.server())));
        uninvited.add(stranger.opening(new SessionCredentials(
                notOpened.sessionId(), notOpened.key(), ExecutorIdentity.newborn("another server"))));
        uninvited.add(stranger.opening(new SessionCredentials(
                notOpened.sessionId(),
                notOpened.key(),
                new ExecutorIdentity("another", notOpened.server().incarnation()))));
        long[] before = knownAndSent(serverAddress);
        assertAllRejected(uninvited);
        long[] after = knownAndSent(serverAddress);
        if (before.length > 0) {
            assertThat(after[0]).as("addresses known").isEqualTo(before[0]);
            assertThat(after[1]).as("messages sent").isEqualTo(before[1] + uninvited.size());
        }
        assertThat(victimRail.messages).isEmpty();
        assertSessionLives("undisturbed");
    }

    @Test
    void aReaderBelievesNobodyButItsServer() throws Exception {
        EfaTestTransport clientTransport = new EfaTestTransport(libfabric("client"), settings(), 4 << 20, 4 << 20);
        TestPeer client = new TestPeer(clientTransport);
        SessionCredentials toHand = client.issue();
        HandWrittenEnd byHand = new HandWrittenEnd(victimRail, toHand, isEncrypted());
        Reader connected = new Reader();
        byte[] handAddress = new EfaAddress(provider, List.of(victimRail.address())).encode();
        client.transport.connect(
                TestPeer.HOST, new TransportAddress(EfaTransport.NAME, handAddress), toHand, connected);
        byte[] acceptance = byHand.acceptance();
        long clientAtStranger = strangerRail.onRail(() -> strangerRail.rail.insertPeer(byHand.addressOfReader()));
        List<byte[]> forged = new ArrayList<>();
        byte[] changed = acceptance.clone();
        changed[Wire.HEADER_BYTES + 20] ^= 1;
        forged.add(changed);
        forged.add(byHand.forgedRefusal());
        forged.add(reader.sealedText("for another session"));
        ByteBuffer.wrap(forged.get(2)).putLong(0, byHand.othersId());
        assertRejectedBy(clientTransport, clientAtStranger, forged);
        assertThat(connected.opened).hasValue(0);

        byHand.send(acceptance);
        byHand.send(byHand.sealedText("from the server"));
        Await.until("the session is open", () -> connected.received.contains("from the server"));
        forged.addAll(byHand.sent);
        assertRejectedBy(clientTransport, clientAtStranger, forged);
        byHand.send(byHand.sealedText("still open"));
        Await.until("the session is open", () -> connected.received.contains("still open"));
        assertThat(connected.received).containsExactly("from the server", "still open");
        assertThat(connected.closed).hasValue(0);
        client.close();
        clientTransport.closeDevices();
    }

    @Test
    void aChunkThatIsNotWhatItsServerSaysFailsItsReadOnly() throws Exception {
        EfaTestTransport clientTransport = new EfaTestTransport(libfabric("client"), settings(), 4 << 20, 4 << 20);
        TestPeer client = new TestPeer(clientTransport);
        SessionCredentials toHand = client.issue();
        HandWrittenEnd byHand = new HandWrittenEnd(victimRail, toHand, isEncrypted());
        byte[] handAddress = new EfaAddress(provider, List.of(victimRail.address())).encode();
        Reader connected = new Reader();
        Connection connection = client.transport.connect(
                TestPeer.HOST, new TransportAddress(EfaTransport.NAME, handAddress), toHand, connected);
        byHand.send(byHand.acceptance());
        ByteBuffer memory = victimRail.exposed.allocate(200_000);
        int lengthBytes = memory.capacity();
        List<ByteBuffer> destinations = List.of(
                ByteBuffer.allocateDirect(lengthBytes),
                clientTransport.receive.allocate(lengthBytes),
                ByteBuffer.allocateDirect(lengthBytes));
        for (int i = 0; i < destinations.size(); i++) {
            Read read = new Read(0, destinations.get(i));
            connection.read(new WindowDescriptor(new byte[Long.BYTES]), 0, read.destination, read);
            ByteBuffer asked = byHand.nextRecords();
            assertThat(asked.get()).isEqualTo(RecordType.READ.code());
            int readId = asked.getInt();
            StagedChunk chunk = byHand.stage(new ChunkSeals.Name(readId, 0, 0, lengthBytes), memory);
            boolean changed = i < 2;
            if (changed) {
                memory.put(150_000, (byte) (memory.get(150_000) ^ 1));
            }
            byHand.send(byHand.sealedReady(readId, chunk));
            if (changed) {
                assertThat(read.assertFailed()).hasMessageContaining("the bytes read ");
            } else {
                read.assertRead();
            }
            assertThat(byHand.nextRecords().get()).isEqualTo(RecordType.DONE.code());
        }
        assertThat(rejectedBy(clientTransport)).isEqualTo(isEncrypted() ? 2 : 0);
        assertThat(connected.closed).hasValue(0);
        client.close();
        clientTransport.closeDevices();
    }

    private void assertRejectedBy(EfaTestTransport transport, long atStranger, List<byte[]> messages) {
        long before = rejectedBy(transport);
        messages.forEach(message -> strangerRail.send(atStranger, message).awaitDone());
        Await.until("all are counted", () -> rejectedBy(transport) - before == messages.size());
    }

    private static SplittableRandom seeded() {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        return new SplittableRandom(seed);
    }
}

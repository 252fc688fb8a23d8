package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.seal.SealException;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestWindow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One end of a session, by hand: says what a test wants it to say, and keeps every message that it has sent, as somebody does who
 * overhears the network. Confined to the test's thread.
 */
final class HandWrittenEnd {

    private static final long OWN_ID = 0x5eadedL;

    final TestRail rail;
    /** All that has been sent, as it went over the network. */
    final List<byte[]> sent = new CopyOnWriteArrayList<>();

    private final SessionCredentials credentials;
    private final boolean encrypted;
    private @Nullable MessageSeal seal;
    private @Nullable SessionSecrets secrets;
    private @Nullable Opening opening;
    private long othersId;
    private long peer;

    HandWrittenEnd(TestRail rail, SessionCredentials credentials, boolean encrypted) {
        this.rail = rail;
        this.credentials = credentials;
        this.encrypted = encrypted;
    }

    // ---- a reader

    /** OPEN as this end would say it. */
    byte[] opening(SessionCredentials as) {
        opening = Opening.of(
                as,
                new ExecutorIdentity("by hand", new UUID(1, 2)),
                OWN_ID,
                new byte[Opening.CHALLENGE_BYTES],
                encrypted,
                0,
                new EfaAddress("efa", List.of(rail.address())));
        return handshake(0, RecordType.OPEN, ByteBuffer.wrap(opening.said()));
    }

    /** Opens the session with what answers at an address. */
    void open(byte[] server) throws RecordException {
        peer = rail.onRail(() -> rail.rail.insertPeer(server));
        send(opening(credentials));
        ByteBuffer answer = nextMessage();
        assertThat(answer.getLong()).isEqualTo(OWN_ID);
        assertThat(answer.getLong()).isEqualTo(Wire.HANDSHAKE);
        assertThat(answer.get()).isEqualTo(RecordType.ACCEPT.code());
        Opening asked = Objects.requireNonNull(opening);
        Acceptance acceptance = Acceptance.decode(answer, credentials.key(), asked);
        othersId = acceptance.serverId();
        seal = SessionSecrets.of(asked, acceptance, credentials).readerMessages();
    }

    // ---- a server

    /** The answer to the OPEN that comes next; sent by the caller. */
    byte[] acceptance() throws RecordException {
        ByteBuffer message = nextMessage();
        assertThat(message.getLong()).isZero();
        assertThat(message.getLong()).isEqualTo(Wire.HANDSHAKE);
        assertThat(message.get()).isEqualTo(RecordType.OPEN.code());
        Opening asked = Opening.decode(message, credentials);
        opening = asked;
        othersId = asked.readerId();
        peer = rail.onRail(() -> rail.rail.insertPeer(asked.replyTo()));
        Acceptance acceptance = new Acceptance(
                OWN_ID,
                new byte[Opening.CHALLENGE_BYTES],
                List.of(new Acceptance.RemoteRegion(
                        new long[] {rail.exposed.remoteAddress(0, 0)}, new long[] {rail.exposed.key(0)})));
        secrets = SessionSecrets.of(asked, acceptance, credentials);
        seal = secrets.serverMessages();
        ByteBuffer body = acceptance.encode(credentials.key(), asked);
        return handshake(othersId, RecordType.ACCEPT, body);
    }

    /** Puts a chunk where the rail's memory begins. */
    StagedChunk stage(ChunkSeals.Name name, ByteBuffer memory) throws IOException {
        ByteBuffer content = TestWindow.content(name.offset(), name.lengthBytes());
        ByteBuffer target = memory.slice(0, name.lengthBytes());
        StagedChunk.Check check;
        if (encrypted) {
            check = new ChunkSealer(Objects.requireNonNull(secrets))
                    .seal(name, (from, to) -> to.put(content.slice(from, to.remaining())), target);
        } else {
            CRC32C crc = new CRC32C();
            crc.update(content.duplicate());
            target.put(content);
            check = new StagedChunk.Crc32c((int) crc.getValue());
        }
        return new StagedChunk(List.of(new StagedChunk.Extent(0, 0, name.lengthBytes())), check);
    }

    byte[] sealedReady(int readId, StagedChunk chunk) {
        return sealed(to -> chunk.encode(to.put(RecordType.READY.code()).putInt(readId)));
    }

    /** A refusal by somebody who knows everything but the key. */
    byte[] forgedRefusal() {
        byte[] wrongKey = credentials.key().clone();
        wrongKey[0] ^= 1;
        return handshake(
                othersId, RecordType.REFUSE, new Refusal("go away").encode(wrongKey, Objects.requireNonNull(opening)));
    }

    // ---- both

    /** What the other end knows the session by. */
    long othersId() {
        return othersId;
    }

    /** The address of the other end. */
    byte[] addressOfReader() {
        return Objects.requireNonNull(opening).replyTo();
    }

    static byte[] handshake(long id, RecordType type, ByteBuffer body) {
        return ByteBuffer.allocate(Wire.HEADER_BYTES + 1 + body.remaining())
                .putLong(id)
                .putLong(Wire.HANDSHAKE)
                .put(type.code())
                .put(body)
                .array();
    }

    /** A message of this session; sent by the caller. */
    byte[] sealed(Consumer<ByteBuffer> records) {
        ByteBuffer message = ByteBuffer.allocate(2048);
        message.putLong(othersId).putLong(0);
        records.accept(message);
        Objects.requireNonNull(seal).seal(message);
        byte[] bytes = new byte[message.position()];
        message.get(0, bytes);
        return bytes;
    }

    byte[] sealedText(String text) {
        return sealed(to ->
                to.put(RecordType.MESSAGE.code()).putInt(text.length()).put(text.getBytes(StandardCharsets.US_ASCII)));
    }

    byte[] sealedRead(int readId, long windowId, long offset, int lengthBytes) {
        return sealed(to -> to.put(RecordType.READ.code())
                .putInt(readId)
                .putLong(windowId)
                .putLong(offset)
                .putInt(lengthBytes));
    }

    byte[] sealedDone(int readId) {
        return sealed(to -> to.put(RecordType.DONE.code()).putInt(readId));
    }

    void send(byte[] message) {
        rail.send(peer, message).awaitDone();
        sent.add(message);
    }

    /** The records of the message that comes next; a PING is not answered. */
    ByteBuffer nextRecords() throws SealException {
        ByteBuffer message;
        do {
            message = nextMessage();
            assertThat(message.getLong()).isEqualTo(OWN_ID);
            long number = message.getLong();
            Objects.requireNonNull(seal).open(number, message);
        } while (message.get(message.position()) == RecordType.PING.code());
        return message;
    }

    private ByteBuffer nextMessage() {
        Await.until("a message has come", () -> !rail.messages.isEmpty());
        return ByteBuffer.wrap(rail.messages.remove());
    }
}

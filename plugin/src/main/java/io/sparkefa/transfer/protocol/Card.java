package io.sparkefa.transfer.protocol;

import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * How an executor can be reached, and the credentials of one session with it: the answer to the reserved block that readers
 * ask for over Spark's own block server. A card is for one reader and one session. {@link #toString} does not show the key.
 *
 * @param protocolVersion {@link Message#PROTOCOL_VERSION} of the executor that wrote the card
 * @param applicationId Spark's id of the application that the executor works for
 * @param session opens one session at this executor, which it names
 * @param transports the ways to reach it, the preferred one first; at most {@link #MAX_TRANSPORTS}
 */
public record Card(
        int protocolVersion, String applicationId, SessionCredentials session, List<TransportAddress> transports) {

    /** More kinds of transport than anybody will write. */
    public static final int MAX_TRANSPORTS = 16;

    private static final int MAX_NAME_BYTES = 64;

    /** {@code EFAC} in ASCII: what is found here before anything else is believed. */
    private static final int MAGIC = 0x45464143;

    public Card {
        transports = List.copyOf(transports);
    }

    /** Spark's id of the executor. */
    public String executorId() {
        return session.server().executorId();
    }

    /** The card as bytes from position 0 to the limit of a new heap buffer. Holds the session's key. */
    public ByteBuffer encode() {
        byte[] application = applicationId.getBytes(StandardCharsets.UTF_8);
        byte[] executor = executorId().getBytes(StandardCharsets.UTF_8);
        int length = Integer.BYTES + Short.BYTES + 2 * Short.BYTES + application.length + executor.length;
        length += 4 * Long.BYTES + SessionCredentials.KEY_BYTES + 1;
        for (TransportAddress transport : transports) {
            length += 2 * Short.BYTES + name(transport).length + transport.encoded().length;
        }
        ByteBuffer out = ByteBuffer.allocate(length);
        out.putInt(MAGIC).putShort((short) protocolVersion);
        putBytes(out, application);
        putBytes(out, executor);
        putUuid(out, session.server().incarnation());
        putUuid(out, session.sessionId());
        out.put(session.key());
        out.put((byte) transports.size());
        for (TransportAddress transport : transports) {
            putBytes(out, name(transport));
            putBytes(out, transport.encoded());
        }
        return out.flip();
    }

    /** Reads a card that fills {@code bytes} exactly. A card of another protocol version is read no further than that. */
    public static Card decode(ByteBuffer bytes) throws ProtocolException {
        WireReader in = new WireReader(bytes);
        int magic = in.i32("card magic");
        if (magic != MAGIC) {
            throw new ProtocolException("not a card: it begins with 0x" + Integer.toHexString(magic));
        }
        int version = in.u16("protocol version");
        if (version != Message.PROTOCOL_VERSION) {
            throw new ProtocolException(
                    "protocol version " + version + "; this executor speaks " + Message.PROTOCOL_VERSION);
        }
        String application = in.text("application id", ExecutorIdentity.MAX_ID_BYTES);
        String executor = in.text("executor id", ExecutorIdentity.MAX_ID_BYTES);
        UUID incarnation = in.uuid("incarnation");
        UUID sessionId = in.uuid("session id");
        byte[] key = in.exactly("session key", SessionCredentials.KEY_BYTES);
        int transportCount = in.u8("transport count");
        if (transportCount > MAX_TRANSPORTS) {
            throw new ProtocolException(transportCount + " transports; allowed are " + MAX_TRANSPORTS);
        }
        List<TransportAddress> transports = new ArrayList<>(transportCount);
        for (int i = 0; i < transportCount; i++) {
            String name = in.text("transport name", MAX_NAME_BYTES);
            transports.add(
                    new TransportAddress(name, in.bytes("transport address", TransportAddress.MAX_ENCODED_BYTES)));
        }
        in.expectEnd();
        ExecutorIdentity server = new ExecutorIdentity(executor, incarnation);
        return new Card(version, application, new SessionCredentials(sessionId, key, server), transports);
    }

    private static byte[] name(TransportAddress transport) {
        return transport.transport().getBytes(StandardCharsets.UTF_8);
    }

    private static void putBytes(ByteBuffer out, byte[] bytes) {
        out.putShort((short) bytes.length).put(bytes);
    }

    private static void putUuid(ByteBuffer out, UUID uuid) {
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }
}

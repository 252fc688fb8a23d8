package io.sparkefa.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What proofs and keys of a session are made for: whoever differs in any of it proves nothing and opens nothing. Immutable.
 *
 * @param transport the transport's name
 * @param version of the transport's framing
 * @param encrypted whether payload is encrypted; control messages are authenticated either way
 * @param flowIndex which of the session's flows; 0 for a transport that has none
 */
public record SessionBinding(
        String transport,
        int version,
        boolean encrypted,
        UUID sessionId,
        ExecutorIdentity reader,
        ExecutorIdentity server,
        int flowIndex) {

    private static final String PROTOCOL = "spark-efa";

    /** The same bytes for the same binding only: every text has its length before it. */
    public byte[] encode() {
        byte[] protocol = PROTOCOL.getBytes(StandardCharsets.UTF_8);
        byte[] name = transport.getBytes(StandardCharsets.UTF_8);
        byte[] readerId = reader.executorId().getBytes(StandardCharsets.UTF_8);
        byte[] serverId = server.executorId().getBytes(StandardCharsets.UTF_8);
        int textBytes = protocol.length + name.length + readerId.length + serverId.length;
        ByteBuffer out = ByteBuffer.allocate(4 * Short.BYTES + textBytes + 1 + 2 * Integer.BYTES + 6 * Long.BYTES);
        putText(out, protocol);
        putText(out, name);
        out.putInt(version).put((byte) (encrypted ? 1 : 0));
        putUuid(out, sessionId);
        putText(out, readerId);
        putUuid(out, reader.incarnation());
        putText(out, serverId);
        putUuid(out, server.incarnation());
        return out.putInt(flowIndex).array();
    }

    private static void putText(ByteBuffer out, byte[] text) {
        out.putShort((short) text.length).put(text);
    }

    private static void putUuid(ByteBuffer out, UUID uuid) {
        out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    }
}

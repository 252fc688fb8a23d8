package io.sparkefa.transport.efa;

import org.jspecify.annotations.Nullable;

/**
 * What one record of a message says. A message is the id of the session that it is for at its receiver (8 bytes, 0 for
 * {@link #OPEN}), its number (8), and then records: a byte for the type, and a body. The first three types open sessions: they
 * come alone, in messages of number {@link Wire#HANDSHAKE}. All others come sealed ({@link MessageSeal}). Numbers are
 * big-endian; a text is its length in bytes (2 bytes) and UTF-8.
 */
enum RecordType {
    /** A reader asks for a session: {@link Opening}. */
    OPEN(1),
    /** The server grants it: {@link Acceptance}. */
    ACCEPT(2),
    /** The server does not: {@link Refusal}. */
    REFUSE(3),
    /** What a handler sent: length (4), bytes. */
    MESSAGE(4),
    /** Stage a chunk: read id (4), window id (8), offset (8), length (4). */
    READ(5),
    /** It is staged: {@link StagedChunk}. */
    READY(6),
    /** It is not: read id (4), why (text). */
    FAILED(7),
    /** It has been pulled, its memory is the server's again: read id (4). */
    DONE(8),
    /** Are you there? No body. */
    PING(9),
    /** Yes. No body. */
    PONG(10),
    /** The session ends: why (text). Nothing but {@link #CLOSED} follows. */
    CLOSE(11),
    /** The end has been heard, and nothing of the session's memory is used any more. No body. */
    CLOSED(12);

    private static final @Nullable RecordType[] BY_CODE = new @Nullable RecordType[CLOSED.code + 1];

    static {
        for (RecordType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final byte code;

    RecordType(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    /** Nothing when no record has this code. */
    static @Nullable RecordType of(byte code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}

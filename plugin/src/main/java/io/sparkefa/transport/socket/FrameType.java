package io.sparkefa.transport.socket;

import org.jspecify.annotations.Nullable;

/** What a frame is, with the bounds of its payload in bytes. The codes are part of the protocol. */
enum FrameType {
    // ---- before a flow is open
    GREETING(1, Handshake.GREETING_BYTES, Handshake.GREETING_BYTES),
    HELLO(2, Handshake.HELLO_BYTES, Handshake.MAX_HELLO_BYTES),
    WELCOME(3, Handshake.WELCOME_BYTES, Handshake.WELCOME_BYTES),
    REFUSED(4, 1, 1),
    // ---- on an open flow
    MESSAGE(5, 0, Frame.MAX_MESSAGE_BYTES),
    READ(6, Frame.READ_BYTES, Frame.READ_BYTES),
    DATA(7, 1, SocketSettings.MAX_STRIPE_BYTES),
    READ_FAILED(8, 0, Frame.MAX_REASON_BYTES),
    PING(9, 0, 0),
    PONG(10, 0, 0),
    CLOSE_FLOW(11, 0, 0),
    CLOSE_SESSION(12, 0, Frame.MAX_REASON_BYTES);

    private static final FrameType[] BY_CODE = values();

    private final int code;
    private final int minPayloadBytes;
    private final int maxPayloadBytes;

    FrameType(int code, int minPayloadBytes, int maxPayloadBytes) {
        this.code = code;
        this.minPayloadBytes = minPayloadBytes;
        this.maxPayloadBytes = maxPayloadBytes;
    }

    byte code() {
        return (byte) code;
    }

    boolean allowsPayload(int lengthBytes) {
        return lengthBytes >= minPayloadBytes && lengthBytes <= maxPayloadBytes;
    }

    /** Null when there is no such frame. */
    static @Nullable FrameType ofCode(byte code) {
        return code >= 1 && code <= BY_CODE.length ? BY_CODE[code - 1] : null;
    }
}

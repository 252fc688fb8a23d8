package io.sparkefa.seal;

/**
 * What a key of a session is for: each direction and kind of bytes has one of its own, so that nothing that was sealed for one
 * of them opens as another. The codes are part of the protocol.
 */
public enum SealPurpose {
    /** What the reader says: requests, releases, its last word. */
    READER_MESSAGES(1),

    /** What the server says. */
    SERVER_MESSAGES(2),

    /** The bytes of blocks. */
    SERVER_PAYLOAD(3);

    private final byte code;

    SealPurpose(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }
}

package io.sparkefa.transport.socket;

/** Why a server does not let a flow in. The codes are part of the protocol. */
enum Refusal {
    UNKNOWN_SESSION(1, "it does not know the session"),
    WRONG_KEY(2, "the proof of the session's key is wrong"),
    TOO_MANY_FLOWS(3, "the session has too many flows"),
    CLOSING(4, "it is shutting down"),
    OTHER_READER(5, "the session is another reader's");

    private final int code;
    private final String text;

    Refusal(int code, String text) {
        this.code = code;
        this.text = text;
    }

    byte code() {
        return (byte) code;
    }

    String text() {
        return text;
    }

    static String describe(byte code) {
        for (Refusal refusal : values()) {
            if (refusal.code == code) {
                return refusal.text;
            }
        }
        return "reason " + code;
    }
}

package io.sparkefa.fabric;

/** The errors of {@code rdma/fi_errno.h} that mean something to a caller; all others are {@link #OTHER}. */
public enum FabricError {
    NO_SUCH_ENTRY(2),
    INTERRUPTED(4),
    IO(5),
    TRY_AGAIN(11),
    NO_MEMORY(12),
    NO_ACCESS(13),
    BUSY(16),
    INVALID(22),
    NO_SUCH_FUNCTION(38),
    NO_DATA(61),
    MESSAGE_TOO_LONG(90),
    NOT_SUPPORTED(95),
    CONNECTION_ABORTED(103),
    CONNECTION_RESET(104),
    NOT_CONNECTED(107),
    TIMED_OUT(110),
    CONNECTION_REFUSED(111),
    HOST_UNREACHABLE(113),
    REMOTE_IO(121),
    CANCELLED(125),
    TRUNCATED(265),
    NO_KEY(266),
    OVERRUN(268),
    NO_RECEIVE_BUFFER(269),
    OTHER(256);

    private final int code;

    FabricError(int code) {
        this.code = code;
    }

    /** The positive {@code FI_E…} value. */
    public int code() {
        return code;
    }

    /** @param code positive, as in {@code fi_cq_err_entry.err}; of a negative return value the negation */
    public static FabricError of(int code) {
        for (FabricError error : values()) {
            if (error.code == code) {
                return error;
            }
        }
        return OTHER;
    }
}

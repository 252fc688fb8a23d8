package io.sparkefa.it.bench.fleet;

/** An application did not do what it was asked. */
public final class ContestantException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String reason;
    private final String logs;

    /** @param logs what its processes complained about; may be empty */
    public ContestantException(String reason, String logs) {
        super(reason);
        this.reason = reason;
        this.logs = logs;
    }

    /** Who failed, and how. */
    public String reason() {
        return reason;
    }

    /** What its processes complained about; may be empty. */
    public String logs() {
        return logs;
    }
}

package io.sparkefa.it.bench.fleet;

/** An application did not do what it was asked. */
public final class ContestantException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String reason;
    private final String logs;
    private final boolean lost;

    ContestantException(String reason, String logs, boolean lost) {
        super(reason);
        this.reason = reason;
        this.logs = logs;
        this.lost = lost;
    }

    /** Who failed, and how. */
    public String reason() {
        return reason;
    }

    /** What its processes complained about; may be empty. */
    public String logs() {
        return logs;
    }

    /** Whether the application is of no use any more. */
    public boolean lost() {
        return lost;
    }
}

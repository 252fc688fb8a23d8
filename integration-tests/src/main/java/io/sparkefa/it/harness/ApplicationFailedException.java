package io.sparkefa.it.harness;

/** An application that did not come to its end; the message ends with what its logs complained about. */
public final class ApplicationFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ApplicationFailedException(String what, String logs) {
        super(what + System.lineSeparator() + logs);
    }
}

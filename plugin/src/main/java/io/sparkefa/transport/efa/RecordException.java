package io.sparkefa.transport.efa;

/** A peer sent what is not a record, or a record that makes no sense in its session. The message says what was wrong. */
final class RecordException extends Exception {

    private static final long serialVersionUID = 1L;

    RecordException(String message) {
        super(message);
    }
}

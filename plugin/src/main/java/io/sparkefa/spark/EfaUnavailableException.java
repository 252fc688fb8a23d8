package io.sparkefa.spark;

/** EFA was asked for and cannot be had. The message says why, and what asked for it. */
public final class EfaUnavailableException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    EfaUnavailableException(String message) {
        super(message);
    }
}

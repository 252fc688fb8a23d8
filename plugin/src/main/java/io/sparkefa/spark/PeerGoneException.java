package io.sparkefa.spark;

import java.io.IOException;

/** The executor is no longer alive, as far as Spark knows. Its blocks may live on at the external shuffle service. */
final class PeerGoneException extends IOException {

    private static final long serialVersionUID = 1L;

    PeerGoneException(String message) {
        super(message);
    }
}

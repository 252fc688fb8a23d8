package io.sparkefa.seal;

import java.io.IOException;

/**
 * Sealed bytes do not open: they were changed, repeated, left out or put elsewhere, or come from somebody without the key. What
 * they claim to be must not be used.
 */
public final class SealException extends IOException {

    private static final long serialVersionUID = 1L;

    public SealException(String message) {
        super(message);
    }
}

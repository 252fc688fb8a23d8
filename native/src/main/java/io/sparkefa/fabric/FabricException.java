package io.sparkefa.fabric;

import java.io.IOException;

/** A call of libfabric failed. The message names the call, the error and what to do if that is known. */
public final class FabricException extends IOException {

    private static final long serialVersionUID = 1L;

    private final FabricError error;
    private final int code;

    /**
     * @param operation the libfabric function and what it was called for
     * @param code the positive {@code FI_E…} value
     * @param text what {@code fi_strerror} says of it
     */
    public FabricException(String operation, int code, String text) {
        super(operation + " failed: " + text + " (" + code + ")");
        this.error = FabricError.of(code);
        this.code = code;
    }

    public FabricError error() {
        return error;
    }

    /** The positive {@code FI_E…} value, also where {@link #error} is {@link FabricError#OTHER}. */
    public int code() {
        return code;
    }
}

package io.sparkefa.config;

/** Which bytes are checked on their way from disk to reader. */
public enum ChecksumMode {
    /** Those that pass through the server's memory anyway. */
    AUTO,
    /** All; the server reads blocks that it sends from files once more. */
    ALWAYS
}

package io.sparkefa.transport;

/** A window that a peer can read. Thread-safe. */
public interface ExposedWindow extends AutoCloseable {

    /** How the peer names this window in {@link Connection#read}. */
    WindowDescriptor descriptor();

    /**
     * Ends the exposure: reads that have not begun fail at the peer, or, where it reads memory without this side's help, find
     * what is there by then. Harmless when repeated.
     */
    @Override
    void close();
}

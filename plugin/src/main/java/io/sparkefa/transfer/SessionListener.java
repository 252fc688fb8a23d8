package io.sparkefa.transfer;

import io.sparkefa.transport.TransportException;

/** What becomes of a {@link PeerSession}. Called on transport threads; must not block and must not throw. */
public interface SessionListener {

    /** The peer has accepted the session; fetches begun before this were waiting. */
    void onOpen();

    /** The session has ended, or could not be opened. Called once, also after {@link PeerSession#close}. */
    void onClosed(TransportException cause);
}

package io.sparkefa.spark;

import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.PeerSession;

/** The right to fetch over a peer's session, which stays open as long as it is used. Thread-safe. */
public interface PeerUse extends AutoCloseable {

    PeerSession session();

    /**
     * The session, and not a single block, is what failed: until its transport had time to recover, later requests go over
     * the next one, or to Spark's own client.
     */
    void onSessionFailed(FetchException cause);

    /** The user's fetch has ended. Harmless when repeated. */
    @Override
    void close();
}

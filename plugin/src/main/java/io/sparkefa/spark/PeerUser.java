package io.sparkefa.spark;

/** Somebody who needs a peer's session. Exactly one of the two methods is called, once; must not block in the first. */
public interface PeerUser {

    /**
     * There is a session, now or after waiting for it. May be called on a transport thread.
     *
     * @param use to be closed by the user when its fetch has ended
     */
    void onSession(PeerUse use);

    /**
     * The peer is to be reached through Spark's own client. Called on the asking thread or on one that may block.
     *
     * @param reason for the log
     */
    void onUnavailable(String reason);
}

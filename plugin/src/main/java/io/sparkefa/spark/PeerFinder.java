package io.sparkefa.spark;

import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.Card;
import java.io.IOException;

/** The two steps that lead to a session with a peer. Called on threads that may block. */
interface PeerFinder {

    /** Asks the peer for its card. */
    void requestCard(PeerAddress peer, CardReceiver receiver);

    /** Exactly one of the two methods is called, once, on whatever thread; must not block. */
    interface CardReceiver {

        void onCard(Card card);

        /** @param cause a {@link PeerGoneException} when the executor is no longer alive */
        void onNoCard(Throwable cause);
    }

    /**
     * Begins to open the session that the card offers.
     *
     * @param listener never called on the calling thread
     * @throws IOException when the card offers nothing that this executor can use; the message says why
     */
    PeerSession openSession(PeerAddress peer, Card card, SessionListener listener) throws IOException;
}

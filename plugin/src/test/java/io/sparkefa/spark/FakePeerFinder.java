package io.sparkefa.spark;

import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.ChannelSink;
import io.sparkefa.transfer.FetchHandle;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A finder whose every step the test takes itself. */
final class FakePeerFinder implements PeerFinder {

    static final Card CARD = new Card(
            Message.PROTOCOL_VERSION,
            "app",
            "1",
            new UUID(1, 1),
            new SessionCredentials(new UUID(2, 2), new byte[SessionCredentials.KEY_BYTES]),
            List.of());

    final List<CardReceiver> cards = new ArrayList<>();
    final List<FakeSession> sessions = new ArrayList<>();
    String refuseCardsBecause = "";

    @Override
    public void requestCard(PeerAddress peer, CardReceiver receiver) {
        cards.add(receiver);
    }

    @Override
    public PeerSession openSession(PeerAddress peer, Card card, SessionListener listener) throws IOException {
        if (!refuseCardsBecause.isEmpty()) {
            throw new IOException(refuseCardsBecause);
        }
        FakeSession session = new FakeSession(listener);
        sessions.add(session);
        return session;
    }

    CardReceiver lastCard() {
        return cards.get(cards.size() - 1);
    }

    FakeSession lastSession() {
        return sessions.get(sessions.size() - 1);
    }

    static final class FakeSession implements PeerSession {

        private final SessionListener listener;
        boolean closed;

        FakeSession(SessionListener listener) {
            this.listener = listener;
        }

        void open() {
            listener.onOpen();
        }

        void end(String cause) {
            listener.onClosed(new TransportException(cause));
        }

        @Override
        public FetchHandle fetch(List<BlockKey> blocks, BlockSink sink) {
            throw new UnsupportedOperationException("the directory never fetches");
        }

        @Override
        public FetchHandle fetchToChannels(List<BlockKey> blocks, ChannelSink sink) {
            throw new UnsupportedOperationException("the directory never fetches");
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}

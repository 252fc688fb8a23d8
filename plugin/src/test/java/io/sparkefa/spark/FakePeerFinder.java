package io.sparkefa.spark;

import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.ChannelSink;
import io.sparkefa.transfer.FetchHandle;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** A finder whose every step the test takes itself. */
final class FakePeerFinder implements PeerFinder {

    static final Card CARD = cardOffering("sockets");

    static Card cardOffering(String... transports) {
        return new Card(
                Message.PROTOCOL_VERSION,
                "app",
                new SessionCredentials(
                        new UUID(2, 2),
                        new byte[SessionCredentials.KEY_BYTES],
                        new ExecutorIdentity("1", new UUID(1, 1))),
                Arrays.stream(transports)
                        .map(name -> new TransportAddress(name, new byte[0]))
                        .toList());
    }

    private final List<String> transports;

    final List<CardReceiver> cards = new ArrayList<>();
    final List<FakeSession> sessions = new ArrayList<>();

    FakePeerFinder(String... transports) {
        this.transports = List.of(transports);
    }

    @Override
    public List<String> transports() {
        return transports;
    }

    @Override
    public void requestCard(PeerAddress peer, CardReceiver receiver) {
        cards.add(receiver);
    }

    @Override
    public PeerSession openSession(PeerAddress peer, Card card, String transport, SessionListener listener) {
        FakeSession session = new FakeSession(transport, listener);
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

        final String transport;
        private final SessionListener listener;
        boolean opened;
        boolean closed;
        boolean ended;

        FakeSession(String transport, SessionListener listener) {
            this.transport = transport;
            this.listener = listener;
        }

        void open() {
            opened = true;
            listener.onOpen();
        }

        void end(String cause) {
            ended = true;
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

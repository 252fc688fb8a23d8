package io.sparkefa.spark;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The peers of an executor as in a real one, except that cards come from a test instead of Spark's block server. */
public final class SimulatedPeers implements AutoCloseable {

    /** As the settings of peers. */
    public record Patience(
            long connectTimeoutNs, long cardTimeoutNs, long idleTimeoutNs, long minRetryNs, long maxRetryNs) {}

    /** Where cards come from. */
    public interface Cards {

        /** Tells exactly one of the two, once, later. */
        void request(String executorId, Consumer<Card> onCard, Consumer<Throwable> onNoCard);
    }

    private final PeerDirectory directory;

    /** @param clients by the names of their transports, the preferred one first */
    public SimulatedPeers(
            Cards cards,
            Map<String, TransferClient> clients,
            Patience patience,
            Executor background,
            ShuffleCounters counters,
            LongSupplier nanoClock) {
        PeerSettings settings = new PeerSettings(
                patience.connectTimeoutNs,
                patience.cardTimeoutNs,
                patience.idleTimeoutNs,
                patience.minRetryNs,
                patience.maxRetryNs);
        directory = new PeerDirectory(new Finder(cards, clients), settings, background, counters, nanoClock);
    }

    public void use(String executorId, PeerUser user) {
        directory.use(address(executorId), user);
    }

    public static PeerAddress address(String executorId) {
        return new PeerAddress(executorId, "host-" + executorId, 7337);
    }

    /** As the runtime does several times a second. */
    public void housekeep() {
        directory.housekeep();
    }

    public int size() {
        return directory.size();
    }

    @Override
    public void close() {
        directory.close();
    }

    private record Finder(Cards cards, Map<String, TransferClient> clients) implements PeerFinder {

        @Override
        public List<String> transports() {
            return List.copyOf(clients.keySet());
        }

        @Override
        public void requestCard(PeerAddress peer, CardReceiver receiver) {
            cards.request(peer.executorId(), receiver::onCard, receiver::onNoCard);
        }

        @Override
        public PeerSession openSession(PeerAddress peer, Card card, String transport, SessionListener listener) {
            TransportAddress address = card.transports().stream()
                    .filter(offered -> offered.transport().equals(transport))
                    .findFirst()
                    .orElseThrow();
            return clients.get(transport).connect(peer.host(), address, card.session(), listener);
        }
    }
}

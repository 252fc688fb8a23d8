package io.sparkefa.spark;

import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.TransferClient;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transfer.protocol.Message;
import io.sparkefa.transport.TransportAddress;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.spark.ExecutorDeadException;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.BlockStoreClient;

/**
 * Finds peers through the block servers that Spark already runs: their cards come as the answer to a block of a reserved
 * shuffle, as authenticated as all that Spark exchanges. Thread-safe.
 */
final class SparkPeerFinder implements PeerFinder {

    /** Far more than a card with an address for each kind of transport needs. */
    private static final int MAX_CARD_BYTES = 1 << 17;

    private final String applicationId;
    private final int reservedShuffleId;
    private final BlockStoreClient spark;
    private final Optional<ExecutorLocator> locator;
    private final Map<String, TransferClient> clients;

    /**
     * @param spark Spark's own client of the executors' block servers
     * @param locator asked for them, where Spark names its external shuffle service instead
     * @param clients one per transport, by its name, the preferred one first
     */
    SparkPeerFinder(
            String applicationId,
            int reservedShuffleId,
            BlockStoreClient spark,
            Optional<ExecutorLocator> locator,
            Map<String, TransferClient> clients) {
        this.applicationId = applicationId;
        this.reservedShuffleId = reservedShuffleId;
        this.spark = spark;
        this.locator = locator;
        this.clients = clients;
    }

    @Override
    public List<String> transports() {
        return List.copyOf(clients.keySet());
    }

    @Override
    public void requestCard(PeerAddress peer, CardReceiver receiver) {
        Optional<PeerAddress> blockServer =
                locator.isPresent() ? locator.get().locate(peer.executorId()) : Optional.of(peer);
        if (blockServer.isEmpty()) {
            receiver.onNoCard(new PeerGoneException("executor " + peer.executorId() + " is not among the live ones"));
            return;
        }
        CardListener listener = new CardListener(peer, receiver);
        long nonce = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        String name = ShuffleBlockNames.reserved(reservedShuffleId, nonce, Message.PROTOCOL_VERSION);
        PeerAddress at = blockServer.get();
        spark.fetchBlocks(at.host(), at.port(), at.executorId(), new String[] {name}, listener, null);
    }

    @Override
    public PeerSession openSession(PeerAddress peer, Card card, String transport, SessionListener listener) {
        TransportAddress address = card.transports().stream()
                .filter(offered -> offered.transport().equals(transport))
                .findFirst()
                .orElseThrow();
        return Objects.requireNonNull(clients.get(transport)).connect(peer.host(), address, card.session(), listener);
    }

    /** Waits for the one block that is a card, and checks that it is the peer's. */
    private final class CardListener implements BlockFetchingListener {

        private final PeerAddress peer;
        private final CardReceiver receiver;

        CardListener(PeerAddress peer, CardReceiver receiver) {
            this.peer = peer;
            this.receiver = receiver;
        }

        @Override
        public void onBlockFetchSuccess(String blockId, ManagedBuffer data) {
            Card card;
            try {
                card = read(data);
            } catch (IOException | RuntimeException e) {
                receiver.onNoCard(e);
                return;
            }
            receiver.onCard(card);
        }

        private Card read(ManagedBuffer data) throws IOException {
            if (data.size() > MAX_CARD_BYTES) {
                throw new IOException("it is " + data.size() + " bytes long; at most " + MAX_CARD_BYTES + " may be");
            }
            Card card = Card.decode(data.nioByteBuffer());
            if (!card.applicationId().equals(applicationId)) {
                throw new IOException("it is for application " + card.applicationId() + ", not " + applicationId);
            }
            if (!card.executorId().equals(peer.executorId())) {
                throw new IOException("it is that of executor " + card.executorId());
            }
            return card;
        }

        @Override
        public void onBlockFetchFailure(String blockId, Throwable exception) {
            receiver.onNoCard(
                    exception instanceof ExecutorDeadException
                            ? new PeerGoneException("executor " + peer.executorId() + " is dead")
                            : exception);
        }
    }
}

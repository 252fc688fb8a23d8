package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Delivers reads and messages in an order of its own. */
final class LoopbackTransferTest extends TransferContractTest {

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final LoopbackNetwork network = new LoopbackNetwork(new SplittableRandom(seed));

    LoopbackTransferTest() {
        System.out.println("LoopbackTransferTest: seed " + seed);
    }

    @Override
    Transport newTransport() {
        return new LoopbackTransport(network);
    }

    @Test
    void lostMessagesAreSentAgain() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 100_000, 200_000);
            PeerSession peer = fixture.connect().peer;
            for (int round = 0; round < 50; round++) {
                List<CollectingSink> sinks = new ArrayList<>();
                for (int k = 0; k < 4; k++) {
                    CollectingSink sink = new CollectingSink(2);
                    sinks.add(sink);
                    peer.fetch(TransferFixture.blocks(1, 2), sink);
                }
                network.loseMessages();
                for (CollectingSink sink : sinks) {
                    fixture.assertBytes(new BlockKey(0, 1, 0, 1), sink.await().bytes(0));
                    fixture.assertBytes(new BlockKey(0, 1, 1, 2), sink.bytes(1));
                    sink.assertNoViolations();
                }
            }
        }
    }

    /** A release or an answer that is lost leaves a window open at the server, and the session may have two. */
    @Test
    void whoHasLostReleasesIsNotRefusedForEver() throws Exception {
        long timeoutNs = TimeUnit.SECONDS.toNanos(30);
        TransferSettings twoWindows = new TransferSettings(0, 4096, timeoutNs, timeoutNs, 64 << 10, false, 2);
        try (TransferFixture fixture = fixture(twoWindows, 16 << 20, 4 << 20)) {
            fixture.outputs.write(1, 100_000);
            TransferFixture.Session session = fixture.connect();
            boolean arrived = false;
            for (int round = 0; round < 60 || !arrived; round++) {
                assertThat(round)
                        .as("rounds, of which the last did not lose messages")
                        .isLessThan(160);
                CollectingSink sink = new CollectingSink(1);
                session.peer.fetch(TransferFixture.blocks(1, 1), sink);
                if (round < 60) {
                    network.loseMessages();
                }
                arrived = !(sink.await().outcome(0) instanceof FetchException);
                if (arrived) {
                    sink.bytes(0);
                } else if (sink.failure(0).reason() == FetchException.Reason.SESSION_LOST) {
                    session.peer.close();
                    session = fixture.connect();
                }
            }
        }
    }
}

package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
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
}

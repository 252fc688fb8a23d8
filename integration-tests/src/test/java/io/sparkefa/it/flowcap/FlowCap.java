package io.sparkefa.it.flowcap;

import io.sparkefa.transfer.TransferSettings;
import io.sparkefa.transport.socket.SocketSettings;
import java.util.concurrent.TimeUnit;

/** What the serving and the reading process of {@link FlowCappedIT} agree on. */
final class FlowCap {

    /** Half a gigabit per second: a tenth of what a single flow gets between two EC2 instances. */
    static final long BYTES_PER_SECOND_AND_FLOW = 62_500_000;

    static final int FLOWS = 8;
    static final long LARGE_BLOCK_BYTES = 256 << 20;
    static final long SMALL_BLOCK_BYTES = 1 << 20;
    static final int SMALL_BLOCKS = 256;
    static final int ROUNDS = 7;

    static final TransferSettings TRANSFER = new TransferSettings(
            16 << 10, 4096, TimeUnit.SECONDS.toNanos(30), TimeUnit.SECONDS.toNanos(30), 64 << 10, false, 4096);

    private FlowCap() {}

    static SocketSettings sockets() {
        SocketSettings defaults = SocketSettings.defaults();
        return defaults.withBinding("127.0.0.1", 0, 0)
                .withFlows(defaults.loopThreads(), FLOWS, FLOWS, defaults.stripeBytes());
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.FabricError;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.transport.LogLimit;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes entries from a rail's completion queue, and tells whom they concern. Confined to the rail's thread. */
final class RailCompletions {

    private static final Logger LOG = LoggerFactory.getLogger(RailCompletions.class);

    private static final int BATCHES_PER_TURN = 4;

    private final String rail;
    private final RailTraffic traffic;
    private final ReceiveBuffers receiveBuffers;
    private final RailFailures failures;
    private final Rail.Listener listener;
    private final Consumer<String> onEndpointGone;
    private final LongSupplier nanoClock;
    private final LogLimit lostMessages = new LogLimit(Duration.ofSeconds(60));
    /** What {@link RailWaiting} has read from the completion queue. */
    private int found;
    /** Since a message came. */
    private int receiveErrors;

    /** @param onEndpointGone told why, when a completion says that the endpoint is of no use any more */
    RailCompletions(
            String rail,
            RailTraffic traffic,
            ReceiveBuffers receiveBuffers,
            RailFailures failures,
            Rail.Listener listener,
            Consumer<String> onEndpointGone,
            LongSupplier nanoClock) {
        this.rail = rail;
        this.traffic = traffic;
        this.receiveBuffers = receiveBuffers;
        this.failures = failures;
        this.listener = listener;
        this.onEndpointGone = onEndpointGone;
        this.nanoClock = nanoClock;
    }

    /** There is a new endpoint. */
    void onUp() {
        found = 0;
        receiveErrors = 0;
    }

    /** @param count what a read of the completion queue has answered: its entries are to be taken by the next {@link #poll} */
    void onFound(int count) {
        found = count;
    }

    /**
     * Takes what there is, but only so much that other work has its turn.
     *
     * @return how many entries
     */
    int poll(RailEndpoint endpoint) throws FabricException {
        int total = 0;
        int count = found;
        found = 0;
        for (int batch = 0; batch < BATCHES_PER_TURN; batch++) {
            if (count == 0) {
                count = endpoint.completions.read(endpoint.entries);
            }
            if (count == CompletionQueue.ERROR_AVAILABLE) {
                onError(endpoint.completions.readError());
                total++;
            } else {
                for (int i = 0; i < count; i++) {
                    onCompletion(endpoint.entries.context(i), endpoint.entries.lengthBytes(i));
                }
                total += count;
                if (count < endpoint.entries.capacity()) {
                    break;
                }
            }
            count = 0;
        }
        return total;
    }

    /** Whether a {@link #poll} that took so many has left some. */
    boolean isBacklog(int polled, RailEndpoint endpoint) {
        return polled >= BATCHES_PER_TURN * endpoint.entries.capacity();
    }

    private void onCompletion(long context, long lengthBytes) {
        OperationTable.Slot slot = traffic.find(context);
        if (slot != null) {
            traffic.onDone(slot);
        } else if (receiveBuffers.isPosted(context)) {
            receiveErrors = 0;
            try {
                listener.onMessage(receiveBuffers.take(context, lengthBytes));
            } catch (RuntimeException | Error e) {
                LOG.error("a message of {} bytes on {} could not be handled", lengthBytes, rail, e);
            }
            receiveBuffers.release(context);
        } else {
            LOG.warn("{} completed an operation that is not in flight, 0x{}", rail, Long.toHexString(context));
        }
    }

    private void onError(CompletionError error) {
        OperationTable.Slot slot = traffic.find(error.context());
        if (slot != null) {
            if (failures.isEndpointGone(error)) {
                onEndpointGone.accept("the endpoint is gone: " + error);
            }
            traffic.onError(slot, error);
        } else if (receiveBuffers.isPosted(error.context())) {
            receiveBuffers.takeEmpty(error.context());
            receiveBuffers.release(error.context());
            // Anybody can send what is too long.
            boolean ours = error.error() != FabricError.TRUNCATED;
            if (failures.isEndpointGoneForReceive(error) || (ours && ++receiveErrors > receiveBuffers.count())) {
                onEndpointGone.accept("receiving failed: " + error);
            } else {
                lostMessages.log(
                        nanoClock.getAsLong(),
                        others -> LOG.warn("a message to {} was lost: {}; and {} others", rail, error, others));
            }
        } else {
            LOG.warn("{} failed an operation that is not in flight: {}", rail, error);
        }
    }
}

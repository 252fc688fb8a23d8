package io.sparkefa.transport.socket;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one connection, those being opened included, oldest first. Not thread-safe: the connection's lock guards it.
 *
 * <p>Only as many as are wanted take stripes, and always the same ones first, so that the others fall idle and close.
 */
final class ClientFlows {

    private final List<ClientFlow> flows = new ArrayList<>();
    private long retiredBytes;

    void add(ClientFlow flow) {
        flows.add(flow);
    }

    void remove(ClientFlow flow) {
        if (flows.remove(flow)) {
            retiredBytes += flow.receivedBytes();
        }
    }

    boolean isEmpty() {
        return flows.isEmpty();
    }

    int count() {
        return flows.size();
    }

    int usableCount() {
        int count = 0;
        for (ClientFlow flow : flows) {
            count += flow.isUsable() ? 1 : 0;
        }
        return count;
    }

    /** Bytes that ever came in, also on flows that are gone. */
    long receivedBytes() {
        long bytes = retiredBytes;
        for (ClientFlow flow : flows) {
            bytes += flow.receivedBytes();
        }
        return bytes;
    }

    /** The usable flow with the least to send; null when none is usable. */
    @Nullable
    ClientFlow leastLoaded() {
        ClientFlow best = null;
        for (ClientFlow flow : flows) {
            if (flow.isUsable() && (best == null || flow.unsentBytes() < best.unsentBytes())) {
                best = flow;
            }
        }
        return best;
    }

    /** Whether a flow is among the first {@code wantedCount} usable ones. */
    boolean isWanted(ClientFlow flow, int wantedCount) {
        int rank = 0;
        for (ClientFlow each : flows) {
            if (each.equals(flow)) {
                return rank < wantedCount;
            }
            rank += each.isUsable() ? 1 : 0;
        }
        return false;
    }

    /**
     * Has as many of the wanted flows look for stripes as the waiting bytes can fill.
     *
     * @return whether more would find something to do
     */
    boolean wake(int wantedCount, long waitingBytes, int nextStripeBytes) {
        long uncoveredBytes = waitingBytes;
        int rank = 0;
        for (ClientFlow flow : flows) {
            if (uncoveredBytes <= 0 || rank >= wantedCount) {
                break;
            }
            if (flow.isUsable()) {
                rank++;
                if (flow.hasRoomFor(nextStripeBytes)) {
                    flow.schedulePull();
                    uncoveredBytes -= flow.roomBytes();
                }
            }
        }
        return uncoveredBytes > 0;
    }

    void forEach(Consumer<ClientFlow> action) {
        flows.forEach(action);
    }
}

package io.sparkefa.transport.efa;

import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.EventError;
import io.sparkefa.fabric.FabricError;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.transport.TransportException;
import org.jspecify.annotations.Nullable;

/**
 * What libfabric's errors mean for an operation, and for the rail. The EFA provider's own numbers come from
 * {@code prov/efa/src/efa_errno.h}: up to 4095 they are the NIC's ({@code EFA_IO_COMP_STATUS_…}), from 4096 the provider's
 * ({@code FI_EFA_ERR_…}). Other providers put an errno, or anything, into that field.
 */
final class RailFailures {

    private static final int FLUSHED = 1;
    private static final int REMOTE_BAD_ADDRESS = 7;
    private static final int REMOTE_ABORT = 8;
    private static final int REMOTE_BAD_DEST_QPN = 9;
    private static final int REMOTE_RNR = 10;
    private static final int LOCAL_UNRESPONSIVE_REMOTE = 13;
    private static final int REMOTE_UNKNOWN_PEER = 14;
    private static final int LOCAL_UNREACHABLE_REMOTE = 15;
    private static final int LAST_OF_NIC = 18;
    private static final int RMA_ADDRESS = 4111;
    private static final int PEER_HANDSHAKE = 4113;
    private static final int ESTABLISHED_UNRESPONSIVE = 4124;
    private static final int UNESTABLISHED_UNRESPONSIVE = 4126;
    private static final int PEER_ABORTED = 4127;

    private static final String SECURITY_GROUP = ". Check that both hosts are in one availability zone, and that their"
            + " security group allows all traffic to and from itself, outbound as well as inbound: rules for ports or address"
            + " ranges do not cover EFA";

    private final boolean efa;
    private final String rail;

    /**
     * @param provider as in {@link EfaSettings#provider}
     * @param rail for messages
     */
    RailFailures(String provider, String rail) {
        this.efa = provider.equals("efa");
        this.rail = rail;
    }

    /** Of an operation that was posted. */
    RailFailure of(String operation, CompletionError error) {
        RailFailure.Kind kind = kind(error.code(), error.providerError());
        return failure(kind, operation + " over " + rail + " failed: " + error, null);
    }

    /** Of an operation that could not be posted. */
    RailFailure of(String operation, FabricException error) {
        return failure(kind(error.code(), 0), operation + " over " + rail + " could not be posted", error);
    }

    RailFailure railDown(String reason) {
        return failure(RailFailure.Kind.RAIL_DOWN, rail + " is down: " + reason, null);
    }

    RailFailure memoryLost(String reason) {
        return failure(
                RailFailure.Kind.MEMORY_LOST, rail + " is down and its endpoint could not be closed: " + reason, null);
    }

    /** Whether the error of a send or a read says that our own endpoint is of no use any more. */
    boolean isEndpointGone(CompletionError error) {
        return efa && error.providerError() == FLUSHED;
    }

    /** As {@link #isEndpointGone}, of a receive; nobody cancels those. */
    boolean isEndpointGoneForReceive(CompletionError error) {
        return isEndpointGone(error) || error.error() == FabricError.CANCELLED;
    }

    /**
     * Whether an event was caused by a peer (a wrong key, a reader that died while libfabric was sending it what it read), so
     * that the endpoint can go on.
     */
    boolean isCausedByPeer(EventError event) {
        if (!efa) {
            return false;
        }
        return switch (event.providerError()) {
            case REMOTE_BAD_ADDRESS,
                    REMOTE_ABORT,
                    REMOTE_BAD_DEST_QPN,
                    REMOTE_RNR,
                    LOCAL_UNRESPONSIVE_REMOTE,
                    REMOTE_UNKNOWN_PEER,
                    LOCAL_UNREACHABLE_REMOTE,
                    RMA_ADDRESS,
                    PEER_HANDSHAKE,
                    ESTABLISHED_UNRESPONSIVE,
                    UNESTABLISHED_UNRESPONSIVE,
                    PEER_ABORTED -> true;
            default -> false;
        };
    }

    private RailFailure.Kind kind(int code, int providerError) {
        return efa && providerError > 0 ? kindByProviderError(code, providerError) : kindByCode(code);
    }

    private static RailFailure.Kind kindByProviderError(int code, int providerError) {
        return switch (providerError) {
            case REMOTE_BAD_ADDRESS -> RailFailure.Kind.BAD_KEY;
            case REMOTE_ABORT,
                    REMOTE_BAD_DEST_QPN,
                    REMOTE_RNR,
                    LOCAL_UNRESPONSIVE_REMOTE,
                    REMOTE_UNKNOWN_PEER,
                    ESTABLISHED_UNRESPONSIVE,
                    PEER_ABORTED -> RailFailure.Kind.PEER_GONE;
            case LOCAL_UNREACHABLE_REMOTE, UNESTABLISHED_UNRESPONSIVE -> RailFailure.Kind.UNREACHABLE;
            case FLUSHED -> RailFailure.Kind.RAIL_DOWN;
            default -> providerError <= LAST_OF_NIC ? RailFailure.Kind.OTHER : kindByCode(code);
        };
    }

    private static RailFailure.Kind kindByCode(int code) {
        return switch (FabricError.of(code)) {
            case NO_ACCESS, NO_KEY -> RailFailure.Kind.BAD_KEY;
            case NOT_CONNECTED,
                    CONNECTION_ABORTED,
                    CONNECTION_RESET,
                    CONNECTION_REFUSED,
                    TIMED_OUT,
                    NO_SUCH_ENTRY,
                    NO_RECEIVE_BUFFER,
                    IO,
                    REMOTE_IO,
                    CANCELLED -> RailFailure.Kind.PEER_GONE;
            case HOST_UNREACHABLE -> RailFailure.Kind.UNREACHABLE;
            default -> RailFailure.Kind.OTHER;
        };
    }

    private static RailFailure failure(RailFailure.Kind kind, String message, @Nullable FabricException cause) {
        String text = kind == RailFailure.Kind.UNREACHABLE ? message + SECURITY_GROUP : message;
        return new RailFailure(
                kind,
                cause == null
                        ? new TransportException(text)
                        : new TransportException(text + ": " + cause.getMessage(), cause));
    }
}

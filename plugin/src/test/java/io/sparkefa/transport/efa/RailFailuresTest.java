package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.EventError;
import io.sparkefa.fabric.FabricException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RailFailuresTest {

    private final RailFailures efa = new RailFailures("efa", "rail 0 (efa_0)");
    private final RailFailures other = new RailFailures("sockets", "rail 0 (lo)");

    private static CompletionError error(int code, int providerError) {
        return new CompletionError(1, 0, code, providerError, "text");
    }

    @ParameterizedTest
    @CsvSource({
        "22, 7, BAD_KEY", // EFA_IO_COMP_STATUS_REMOTE_ERROR_BAD_ADDRESS
        "103, 8, PEER_GONE", // …_REMOTE_ERROR_ABORT
        "107, 9, PEER_GONE", // …_REMOTE_ERROR_BAD_DEST_QPN
        "5, 9, PEER_GONE", // older versions have other codes
        "269, 10, PEER_GONE", // …_REMOTE_ERROR_RNR
        "103, 13, PEER_GONE", // …_LOCAL_ERROR_UNRESP_REMOTE
        "107, 14, PEER_GONE", // …_REMOTE_ERROR_UNKNOWN_PEER
        "113, 15, UNREACHABLE", // …_LOCAL_ERROR_UNREACH_REMOTE
        "103, 4126, UNREACHABLE", // FI_EFA_ERR_UNESTABLISHED_RECV_UNRESP
        "103, 4124, PEER_GONE", // FI_EFA_ERR_ESTABLISHED_RECV_UNRESP
        "256, 4127, PEER_GONE", // FI_EFA_ERR_PEER_ABORTED
        "125, 1, RAIL_DOWN", // …_FLUSHED
        "22, 5, OTHER", // …_LOCAL_ERROR_INVALID_LKEY
        "12, 4105, OTHER", // FI_EFA_ERR_OOM
        "113, 0, UNREACHABLE"
    })
    void theNicsNumbersComeFirstWithEfa(int code, int providerError, RailFailure.Kind kind) {
        assertThat(efa.of("fi_read", error(code, providerError)).kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource({
        "13, 13, BAD_KEY", // sockets: EACCES
        "266, 0, BAD_KEY",
        "107, 107, PEER_GONE", // tcp;ofi_rxm
        "125, 125, PEER_GONE",
        "5, 9, PEER_GONE",
        "113, 7, UNREACHABLE",
        "265, 0, OTHER"
    })
    void onlyTheCodeCountsElsewhere(int code, int providerError, RailFailure.Kind kind) {
        assertThat(other.of("fi_read", error(code, providerError)).kind()).isEqualTo(kind);
    }

    @Test
    void messagesSayWhatWasTriedAndWhy() {
        assertThat(efa.of("fi_read of 10 bytes", error(113, 15)).cause())
                .hasMessage(
                        "fi_read of 10 bytes over rail 0 (efa_0) failed: text (113, provider error 15). Check that both"
                                + " hosts are in one availability zone, and that their security group allows all traffic to and from"
                                + " itself, outbound as well as inbound: rules for ports or address ranges do not cover EFA");
        assertThat(efa.of("fi_send of 10 bytes", new FabricException("fi_send", 107, "not connected"))
                        .cause())
                .hasMessage("fi_send of 10 bytes over rail 0 (efa_0) could not be posted: fi_send failed: not connected"
                        + " (107)")
                .hasCauseInstanceOf(FabricException.class);
    }

    @Test
    void anEndpointIsGoneWhenItIsFlushed() {
        assertThat(efa.isEndpointGone(error(125, 1))).isTrue();
        assertThat(efa.isEndpointGone(error(107, 9))).isFalse();
        // A wrong key cancels a read over tcp;ofi_rxm.
        assertThat(other.isEndpointGone(error(125, 0))).isFalse();
        assertThat(other.isEndpointGoneForReceive(error(125, 0))).isTrue();
    }

    @Test
    void eventsThatPeersCauseAreKnown() {
        assertThat(efa.isCausedByPeer(new EventError(22, 4111, ""))).isTrue();
        assertThat(efa.isCausedByPeer(new EventError(107, 9, ""))).isTrue();
        assertThat(efa.isCausedByPeer(new EventError(5, 4112, ""))).isFalse();
        assertThat(efa.isCausedByPeer(new EventError(5, 1, ""))).isFalse();
        assertThat(other.isCausedByPeer(new EventError(22, 4111, ""))).isFalse();
    }
}

package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.FabricException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PeerTableTest {

    private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();

    private final Addresses addresses = new Addresses();
    private final PeerTable peers = new PeerTable();

    private static byte[] address(int number) {
        return ByteBuffer.allocate(32).putInt(number).array();
    }

    private Peer use(int number) throws FabricException {
        Peer peer = peers.use(address(number));
        PeerTable.number(peer, addresses);
        return peer;
    }

    @Test
    void oneAddressIsInsertedOnce() throws FabricException {
        Peer peer = use(1);
        assertThat(use(1)).isSameAs(peer);
        assertThat(use(2)).isNotSameAs(peer);
        assertThat(addresses.numbers).hasSize(2);
        assertThat(peers.get(peer.handle)).isSameAs(peer);
    }

    @Test
    void handlesOfPeersNotInUseAreRefused() throws FabricException {
        Peer peer = use(1);
        peers.release(peer, 0);
        for (long handle : new long[] {peer.handle, 0, -1, Long.MAX_VALUE, 7}) {
            assertThatThrownBy(() -> peers.get(handle)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void onlyPeersThatAreGoneAreRemovedSoon() throws FabricException {
        Peer back = use(1);
        Peer gone = use(2);
        Peer busy = use(3);
        gone.gone = true;
        busy.gone = true;
        busy.readsInFlight = 1;
        for (Peer peer : new Peer[] {back, gone, busy}) {
            peers.release(peer, 0);
        }
        peers.sweep(addresses, MINUTE_NS / 10);
        assertThat(addresses.numbers).hasSize(3);
        peers.sweep(addresses, MINUTE_NS);
        assertThat(addresses.numbers).containsOnly(back.number, busy.number);
        assertThat(use(1)).isSameAs(back);
        assertThat(use(2)).isNotSameAs(gone);
    }

    @Test
    void unusedPeersAreBounded() throws FabricException {
        for (int i = 0; i < 3000; i++) {
            peers.release(use(i), i);
            peers.sweep(addresses, i);
        }
        assertThat(addresses.numbers).hasSize(1024);
        assertThat(peers.count()).isEqualTo(1024);
    }

    @Test
    void aRebuildKeepsThoseInUse() throws FabricException {
        Peer used = use(1);
        peers.release(use(2), 0);
        peers.onEndpointClosed();
        assertThat(peers.count()).isEqualTo(1);
        Addresses other = new Addresses();
        assertThat(PeerTable.number(peers.get(used.handle), other)).isZero();
        assertThat(other.numbers).hasSize(1);
    }

    private static final class Addresses implements AddressVector {

        private final Set<Long> numbers = new HashSet<>();
        private long next;

        @Override
        public long insert(byte[] address) {
            numbers.add(next);
            return next++;
        }

        @Override
        public void remove(long peer) {
            assertThat(numbers.remove(peer)).isTrue();
        }

        @Override
        public void close() {}
    }
}

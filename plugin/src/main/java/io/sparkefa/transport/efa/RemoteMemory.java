package io.sparkefa.transport.efa;

import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.efa.Acceptance.RemoteRegion;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import java.util.Arrays;
import java.util.List;

/**
 * A peer's memory as each of our rails names it. A rail learns the peer's address with its first read. Each element of the
 * arrays is confined to its rail's thread.
 */
final class RemoteMemory {

    private static final long UNKNOWN = -1;

    private final EfaAddress peer;
    private final List<RemoteRegion> regions;
    private final long[] peerByRail;

    RemoteMemory(EfaAddress peer, List<RemoteRegion> regions, int localRails) {
        this.peer = peer;
        this.regions = regions;
        this.peerByRail = new long[localRails];
        Arrays.fill(peerByRail, UNKNOWN);
    }

    int regionCount() {
        return regions.size();
    }

    /** The peer's endpoint that a rail reads from, as that rail numbers it. */
    long peerOn(Rail rail) throws TransportException {
        int index = rail.index();
        if (peerByRail[index] == UNKNOWN) {
            peerByRail[index] = rail.insertPeer(peer.rails().get(peer.railFor(index)));
        }
        return peerByRail[index];
    }

    long address(Rail rail, Extent extent) {
        return regions.get(extent.region()).addresses()[peer.railFor(rail.index())] + extent.offset();
    }

    long key(Rail rail, Extent extent) {
        return regions.get(extent.region()).keys()[peer.railFor(rail.index())];
    }

    /** Whether a rail has read from the peer. */
    boolean isKnownTo(Rail rail) {
        return peerByRail[rail.index()] != UNKNOWN;
    }

    /** Lets a rail forget the peer, on its thread. */
    void release(Rail rail) {
        int index = rail.index();
        if (peerByRail[index] != UNKNOWN) {
            rail.releasePeer(peerByRail[index]);
            peerByRail[index] = UNKNOWN;
        }
    }
}

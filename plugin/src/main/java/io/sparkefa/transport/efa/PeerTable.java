package io.sparkefa.transport.efa;

import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.FabricException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers of a rail, by their handles and by their addresses. Handles outlive a rebuild of the endpoint: peers are inserted
 * into the new address vector when they are next used. Confined to the rail's thread.
 *
 * <p>A peer that nobody uses stays in the address vector for a while, and for long when it may come back: the EFA provider
 * numbers the messages of each pair of endpoints, and forgets its side when the address is removed. If the peer did not do the
 * same, messages of a later session would wait for their predecessors for ever.
 */
final class PeerTable {

    private static final Logger LOG = LoggerFactory.getLogger(PeerTable.class);

    /** How long a peer that is known to be gone stays; a straggling packet of it is harmless until then. */
    private static final long GONE_LINGER_NS = 30_000_000_000L;

    /** How many unused peers stay. libfabric 1.x takes 128 KiB for each, a window of 16384 messages to be put in order. */
    private static final int MAX_UNUSED = 1024;

    /** A handle is a number that is never used again, and the peer's place in the list. */
    private static final int INDEX_BITS = 24;

    private final List<@Nullable Peer> peers = new ArrayList<>();
    private final Map<ByteBuffer, Peer> byAddress = new HashMap<>();
    private int unusedCount;
    private long lastHandle;

    /** Adds a user. Does not touch the address vector yet. */
    Peer use(byte[] address) {
        Peer peer = byAddress.get(ByteBuffer.wrap(address));
        if (peer == null) {
            byte[] copy = address.clone();
            int index = freeIndex();
            peer = new Peer(++lastHandle << INDEX_BITS | index, copy);
            peers.set(index, peer);
            byAddress.put(ByteBuffer.wrap(copy), peer);
        } else if (peer.users == 0) {
            unusedCount--;
            peer.gone = false;
        }
        peer.users++;
        return peer;
    }

    /** @throws IllegalStateException when there is no such peer (any more) */
    Peer get(long handle) {
        int index = (int) (handle & (1 << INDEX_BITS) - 1);
        Peer peer = handle >= 0 && index < peers.size() ? peers.get(index) : null;
        if (peer == null || peer.handle != handle || peer.users == 0) {
            throw new IllegalStateException("no peer " + handle + " is in use on this rail");
        }
        return peer;
    }

    void release(Peer peer, long nowNs) {
        if (--peer.users == 0) {
            unusedCount++;
            peer.unusedSinceNs = nowNs;
        }
    }

    /** Its number in the address vector, where it is inserted if need be. */
    static long number(Peer peer, AddressVector addresses) throws FabricException {
        if (peer.number == Peer.NOT_INSERTED) {
            peer.number = addresses.insert(peer.address);
        }
        return peer.number;
    }

    /** Removes peers that nobody will miss. To be called every so often. */
    void sweep(AddressVector addresses, long nowNs) {
        if (unusedCount == 0) {
            return;
        }
        @Nullable Peer longestUnused = null;
        for (Peer peer : List.copyOf(byAddress.values())) {
            if (peer.users > 0 || !peer.isIdle()) {
                continue;
            }
            if (peer.gone && nowNs - peer.unusedSinceNs > GONE_LINGER_NS) {
                remove(peer, addresses);
            } else if (longestUnused == null || peer.unusedSinceNs - longestUnused.unusedSinceNs < 0) {
                longestUnused = peer;
            }
        }
        if (unusedCount > MAX_UNUSED && longestUnused != null) {
            remove(longestUnused, addresses);
        }
    }

    /** The address vector is closed, and the numbers with it. */
    void onEndpointClosed() {
        for (Peer peer : List.copyOf(byAddress.values())) {
            peer.number = Peer.NOT_INSERTED;
            if (peer.users == 0 && peer.isIdle()) {
                forget(peer);
            }
        }
    }

    int count() {
        return byAddress.size();
    }

    private void remove(Peer peer, AddressVector addresses) {
        try {
            if (peer.number != Peer.NOT_INSERTED) {
                addresses.remove(peer.number);
            }
        } catch (FabricException e) {
            LOG.debug("a peer that nobody uses could not be removed", e);
        }
        forget(peer);
    }

    private void forget(Peer peer) {
        unusedCount--;
        byAddress.remove(ByteBuffer.wrap(peer.address));
        peers.set((int) (peer.handle & (1 << INDEX_BITS) - 1), null);
    }

    private int freeIndex() {
        int index = peers.indexOf(null);
        if (index >= 0) {
            return index;
        }
        if (peers.size() >> INDEX_BITS > 0) {
            throw new IllegalStateException(peers.size() + " peers are too many for one rail");
        }
        peers.add(null);
        return peers.size() - 1;
    }
}

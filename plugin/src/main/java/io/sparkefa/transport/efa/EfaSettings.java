package io.sparkefa.transport.efa;

import java.time.Duration;
import java.util.Optional;

/**
 * How the EFA transport works.
 *
 * @param provider libfabric's provider: {@code efa}; another one stands in for it in tests
 * @param libraryPath of {@code libfabric.so.1}; nothing to look in the usual places
 * @param maxRails at most so many NICs are used
 * @param chunkBytes length of the longest remote read, and of what is staged at once
 * @param chunkMemoryBytes registered memory for chunks: file ranges on their way to peers, and reads whose destination is not
 *     registered
 * @param messageBytes length of each receive and each send buffer
 * @param receiveBuffers posted on each rail
 * @param sendBuffers of each rail
 * @param maxReadsInFlight remote reads posted on a rail at a time
 * @param hugePages whether to ask for huge pages for registered memory
 * @param peerTimeout a peer that was asked and from which nothing was heard for so long is gone; longer than a bad garbage
 *     collection
 * @param pingInterval a peer that owes something and is silent for so long is asked whether it is there
 * @param drainTimeout how long reads from a peer that is gone may stay unfinished until their rail is rebuilt
 * @param spin for how long an idle rail polls without a pause
 * @param maxPark how long it sleeps at most, where the provider cannot block: what comes to an executor that was idle for
 *     seconds may be noticed so much later
 * @param serverThreads threads that look up blocks and stage file ranges for peers
 */
public record EfaSettings(
        String provider,
        Optional<String> libraryPath,
        int maxRails,
        int chunkBytes,
        long chunkMemoryBytes,
        int messageBytes,
        int receiveBuffers,
        int sendBuffers,
        int maxReadsInFlight,
        boolean hugePages,
        Duration peerTimeout,
        Duration pingInterval,
        Duration drainTimeout,
        Duration spin,
        Duration maxPark,
        int serverThreads) {

    /** The EFA provider and what suits it. */
    public static EfaSettings defaults() {
        return new EfaSettings(
                "efa",
                Optional.empty(),
                32,
                1 << 20,
                64 << 20,
                64 << 10,
                128,
                64,
                128,
                true,
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofNanos(20_000),
                Duration.ofMillis(20),
                2);
    }

    public EfaSettings withProvider(String otherProvider, Optional<String> otherLibraryPath) {
        return new EfaSettings(
                otherProvider,
                otherLibraryPath,
                maxRails,
                chunkBytes,
                chunkMemoryBytes,
                messageBytes,
                receiveBuffers,
                sendBuffers,
                maxReadsInFlight,
                hugePages,
                peerTimeout,
                pingInterval,
                drainTimeout,
                spin,
                maxPark,
                serverThreads);
    }

    /** Other opinions on when a peer is gone. */
    public EfaSettings withPatience(Duration peer, Duration ping, Duration drain) {
        return new EfaSettings(
                provider,
                libraryPath,
                maxRails,
                chunkBytes,
                chunkMemoryBytes,
                messageBytes,
                receiveBuffers,
                sendBuffers,
                maxReadsInFlight,
                hugePages,
                peer,
                ping,
                drain,
                spin,
                maxPark,
                serverThreads);
    }
}

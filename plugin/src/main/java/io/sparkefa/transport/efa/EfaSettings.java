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
 * @param hugePages whether to ask for huge pages for registered memory
 * @param serverThreads threads that look up blocks and stage file ranges for peers
 * @param encrypted whether what is read is encrypted; messages always are
 */
public record EfaSettings(
        String provider,
        Optional<String> libraryPath,
        int maxRails,
        int chunkBytes,
        long chunkMemoryBytes,
        boolean hugePages,
        Queues queues,
        Patience patience,
        Waiting waiting,
        int serverThreads,
        boolean encrypted) {

    /**
     * What a rail has posted at most; less where the provider's queues are shorter.
     *
     * @param messageBytes length of each receive and each send buffer
     * @param receiveBuffers posted to receive messages
     * @param sendBuffers messages on their way
     * @param reads remote reads on their way
     */
    public record Queues(int messageBytes, int receiveBuffers, int sendBuffers, int reads) {}

    /**
     * When a peer counts as gone.
     *
     * @param peerTimeout one that was asked and from which nothing was heard for so long; longer than a bad garbage collection
     * @param pingInterval one that owes something and is silent for so long is asked whether it is there
     * @param openTimeout how long it may take to answer OPEN; who does not belong to the application gets no answer
     * @param drainTimeout how long reads from a peer that is gone may stay unfinished until their rail is rebuilt
     */
    public record Patience(Duration peerTimeout, Duration pingInterval, Duration openTimeout, Duration drainTimeout) {

        public Patience withPeerTimeout(Duration timeout) {
            return new Patience(timeout, pingInterval, openTimeout, drainTimeout);
        }
    }

    /**
     * What a rail does that has nothing to do.
     *
     * @param spin for how long it polls without a pause
     * @param maxPark how long it sleeps at most, where the provider cannot block: what comes to an executor that was idle for
     *     long waits for it, once
     */
    public record Waiting(Duration spin, Duration maxPark) {}

    /** The EFA provider and what suits it. */
    public static EfaSettings defaults() {
        return new EfaSettings(
                "efa",
                Optional.empty(),
                32,
                1 << 20,
                64 << 20,
                true,
                new Queues(64 << 10, 128, 64, 128),
                new Patience(
                        Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(5)),
                new Waiting(Duration.ofNanos(20_000), Duration.ofMillis(150)),
                2,
                false);
    }

    public EfaSettings withProvider(String otherProvider) {
        return new EfaSettings(
                otherProvider,
                libraryPath,
                maxRails,
                chunkBytes,
                chunkMemoryBytes,
                hugePages,
                queues,
                patience,
                waiting,
                serverThreads,
                encrypted);
    }

    /** @param threads at each of both ends, to seal what is read and to open it */
    public EfaSettings withEncryption(int threads) {
        return new EfaSettings(
                provider,
                libraryPath,
                maxRails,
                chunkBytes,
                chunkMemoryBytes,
                hugePages,
                queues,
                patience,
                waiting,
                threads,
                true);
    }

    EfaSettings withPatience(Patience other) {
        return new EfaSettings(
                provider,
                libraryPath,
                maxRails,
                chunkBytes,
                chunkMemoryBytes,
                hugePages,
                queues,
                other,
                waiting,
                serverThreads,
                encrypted);
    }
}

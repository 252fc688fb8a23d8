package io.sparkefa.transport.socket;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link SocketTransport} behaves. Immutable; start from {@link #defaults} and change what differs.
 *
 * @param bindHost address to listen on; null for all
 * @param port port to listen on; 0 for any free one
 * @param portRetries how many following ports to try when {@code port} is taken, as {@code spark.port.maxRetries}
 * @param loopThreads event loops, each one thread
 * @param initialFlows flows to a peer as soon as reads have to wait for one
 * @param maxFlows the most flows to one peer
 * @param stripeBytes the most that one READ frame asks for
 * @param flowIdleTimeout after which an unused flow closes while others to the same peer remain
 * @param flowStallTimeout after which a flow counts as dead that owes an answer and delivers no byte
 * @param connectTimeout for one TCP connection to be made, after the name has been resolved
 * @param handshakeTimeout for the peer to prove itself, on either side
 * @param sessionLinger how long the server keeps a session that has lost its last flow, so that the reader can come back
 * @param peerTimeout after which the server closes a flow on which neither side has moved a byte
 * @param encrypted whether payload is encrypted; both ends must agree. Control messages always are
 */
public record SocketSettings(
        @Nullable String bindHost,
        int port,
        int portRetries,
        int loopThreads,
        int initialFlows,
        int maxFlows,
        int stripeBytes,
        Duration flowIdleTimeout,
        Duration flowStallTimeout,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration sessionLinger,
        Duration peerTimeout,
        boolean encrypted) {

    /** The most flows that one session may have, whatever the reader asks for. */
    public static final int MAX_FLOWS_PER_SESSION = 256;

    /** The most that one READ frame may ask for, whatever the reader's stripes are. */
    public static final int MAX_STRIPE_BYTES = 16 << 20;

    private static final int MIN_STRIPE_BYTES = 4096;

    public SocketSettings {
        requireRange("port", port, 0, 65535);
        requireRange("portRetries", portRetries, 0, 65535);
        requireRange("loopThreads", loopThreads, 1, 256);
        requireRange("maxFlows", maxFlows, 1, MAX_FLOWS_PER_SESSION);
        requireRange("initialFlows", initialFlows, 1, maxFlows);
        requireRange("stripeBytes", stripeBytes, MIN_STRIPE_BYTES, MAX_STRIPE_BYTES);
        requirePositive("flowIdleTimeout", flowIdleTimeout);
        requirePositive("flowStallTimeout", flowStallTimeout);
        requirePositive("connectTimeout", connectTimeout);
        requirePositive("handshakeTimeout", handshakeTimeout);
        requirePositive("sessionLinger", sessionLinger);
        requirePositive("peerTimeout", peerTimeout);
    }

    /** What is used where nothing else is said: any port of all addresses. */
    public static SocketSettings defaults() {
        return new SocketSettings(
                null,
                0,
                0,
                Math.min(4, Runtime.getRuntime().availableProcessors()),
                2,
                16,
                512 << 10,
                Duration.ofSeconds(30),
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(120),
                false);
    }

    /** The same settings, listening elsewhere. */
    public SocketSettings withBinding(@Nullable String newBindHost, int newPort, int newPortRetries) {
        return new SocketSettings(
                newBindHost,
                newPort,
                newPortRetries,
                loopThreads,
                initialFlows,
                maxFlows,
                stripeBytes,
                flowIdleTimeout,
                flowStallTimeout,
                connectTimeout,
                handshakeTimeout,
                sessionLinger,
                peerTimeout,
                encrypted);
    }

    /** The same settings with another number of threads and flows. */
    public SocketSettings withFlows(int newLoopThreads, int newInitialFlows, int newMaxFlows, int newStripeBytes) {
        return new SocketSettings(
                bindHost,
                port,
                portRetries,
                newLoopThreads,
                newInitialFlows,
                newMaxFlows,
                newStripeBytes,
                flowIdleTimeout,
                flowStallTimeout,
                connectTimeout,
                handshakeTimeout,
                sessionLinger,
                peerTimeout,
                encrypted);
    }

    /** The same settings with other deadlines of a flow; see the record's components. */
    public SocketSettings withTimeouts(
            Duration idle, Duration stall, Duration connect, Duration handshake, Duration linger, Duration peer) {
        return new SocketSettings(
                bindHost,
                port,
                portRetries,
                loopThreads,
                initialFlows,
                maxFlows,
                stripeBytes,
                idle,
                stall,
                connect,
                handshake,
                linger,
                peer,
                encrypted);
    }

    /** The same settings with payload encrypted, or not. */
    public SocketSettings withEncryption(boolean wanted) {
        return new SocketSettings(
                bindHost,
                port,
                portRetries,
                loopThreads,
                initialFlows,
                maxFlows,
                stripeBytes,
                flowIdleTimeout,
                flowStallTimeout,
                connectTimeout,
                handshakeTimeout,
                sessionLinger,
                peerTimeout,
                wanted);
    }

    private static void requireRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "sockets: " + name + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("sockets: " + name + " is " + value + "; it must be positive");
        }
    }
}

package io.sparkefa.transport.socket;

import io.sparkefa.seal.SealException;
import io.sparkefa.seal.Sealer;
import io.sparkefa.seal.SessionKeys;
import io.sparkefa.transport.SessionCredentials;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving end of one flow: lets the reader prove its session, then answers its reads in order. Confined to its loop, but
 * for what is marked.
 */
final class ServerFlow implements FrameHandler {

    /** Reads that may wait on one flow before the server stops to read from it. */
    private static final int MAX_WAITING_READS = 128;

    /** Bytes of messages and short answers that may wait on one flow before the server stops to read from it. */
    private static final int MAX_UNSENT_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ServerFlow.class);

    private record WaitingRead(long readId, long windowId, long offset, int lengthBytes) {}

    private final SocketServer server;
    private final SocketLoop loop;
    private final SocketSettings settings;
    private final String peer;
    private final FlowChannel channel;
    private final long acceptedNs;
    private final byte[] challenge = Handshake.newChallenge();
    private final Queue<WaitingRead> waiting = new ArrayDeque<>();

    private @Nullable ServerSession session;
    private @Nullable Sealer payloadSealer;
    private @Nullable Refusal refusal;
    private boolean ending;

    ServerFlow(SocketServer server, SocketLoop loop, SocketSettings settings, SocketChannel socket, String peer) {
        this.server = server;
        this.loop = loop;
        this.settings = settings;
        this.peer = peer;
        this.channel = new FlowChannel(loop, socket, this);
        this.acceptedNs = loop.nowNs();
    }

    String peer() {
        return peer;
    }

    /** Begins to serve; from any thread. */
    void start() {
        channel.execute(channel::open);
    }

    /** From any thread: closes the flow of somebody who has not proven a session, to make room for others. */
    void evict() {
        channel.execute(() -> {
            if (session == null) {
                channel.close(null);
            }
        });
    }

    /** From any thread: sends a frame unless the flow is closed by then. */
    void post(ByteBuffer frame) {
        channel.execute(() -> {
            channel.enqueue(frame);
            channel.flush();
        });
    }

    /** From any thread: closes the flow, telling the reader why where that is still possible. */
    void end(@Nullable String reason) {
        channel.execute(() -> {
            if (reason != null && !channel.isMidFrame()) {
                waiting.clear();
                channel.enqueue(Frame.withReason(FrameType.CLOSE_SESSION, 0, reason));
                channel.flush();
            }
            channel.close(null);
        });
    }

    /** From any thread: when a byte last came in. */
    long lastReceivedNs() {
        return channel.lastReceivedNs();
    }

    @Override
    public void onConnected() {
        channel.enqueue(Handshake.greeting(challenge, settings.encrypted()));
    }

    @Override
    public @Nullable ByteBuffer onHeader(FrameType type, int lengthBytes, long id) throws FrameException {
        boolean expected = switch (type) {
            case HELLO -> session == null && !ending;
            case MESSAGE, READ, PING, CLOSE_FLOW, CLOSE_SESSION -> session != null && !ending;
            case GREETING, WELCOME, REFUSED, DATA, READ_FAILED, PONG -> false;
        };
        if (!expected) {
            throw new FrameException(
                    "the peer sent " + type + (session == null ? " before its HELLO was accepted" : " to a server"));
        }
        return null;
    }

    @Override
    public void onFrame(FrameType type, long id, ByteBuffer payload) throws FrameException {
        ServerSession current = session;
        if (current == null) {
            onHello(Handshake.readHello(payload));
            return;
        }
        switch (type) {
            case MESSAGE -> current.onMessage(payload);
            case READ -> onRead(id, payload);
            case PING -> channel.enqueue(Frame.empty(FrameType.PONG, id));
            case CLOSE_FLOW -> {
                ending = true;
                current.stopUsing(this);
                channel.execute(channel::closeWhenSent);
            }
            case CLOSE_SESSION -> current.end(null);
            case GREETING, HELLO, WELCOME, REFUSED, DATA, READ_FAILED, PONG -> throw new AssertionError(type);
        }
    }

    private void onHello(Handshake.Hello hello) {
        Optional<SessionCredentials> credentials = server.sessions().find(hello.sessionId());
        if (credentials.isEmpty()) {
            refuse(Refusal.UNKNOWN_SESSION);
            return;
        }
        Handshake handshake = new Handshake(challenge, hello, credentials.get(), settings.encrypted());
        if (!handshake.readerProves()) {
            refuse(Refusal.WRONG_KEY);
            return;
        }
        ServerSession joined = server.join(hello.sessionId(), hello.reader(), this, this::refuse);
        if (joined == null) {
            return;
        }
        session = joined;
        server.onHandshakeOver(this);
        channel.enqueue(handshake.welcome(joined.instance()));
        try (SessionKeys keys = handshake.keys()) {
            FlowSeal seal = FlowSeal.ofServer(keys, settings.encrypted());
            channel.startSealing(seal);
            payloadSealer = seal.payloadSealer();
        }
    }

    private void refuse(Refusal refused) {
        refusal = refused;
        ending = true;
        channel.enqueue(Frame.of(FrameType.REFUSED, 0, ByteBuffer.wrap(new byte[] {refused.code()})));
        channel.closeWhenSent();
    }

    private void onRead(long readId, ByteBuffer payload) throws FrameException {
        WaitingRead read = new WaitingRead(readId, payload.getLong(), payload.getLong(), payload.getInt());
        if (read.lengthBytes < 1 || read.lengthBytes > SocketSettings.MAX_STRIPE_BYTES) {
            throw new FrameException("the peer asks for " + read.lengthBytes + " bytes in one READ");
        }
        waiting.add(read);
    }

    @Override
    public void onFramesHandled() {
        // What they asked for is answered when the channel flushes, which it does next.
    }

    @Override
    public @Nullable DataFrame nextDataFrame() {
        ServerSession current = session;
        for (WaitingRead read = waiting.poll(); read != null && current != null; read = waiting.poll()) {
            Exposure exposure = current.exposure(read.windowId);
            if (exposure == null || !exposure.tryBeginRead()) {
                fail(read, "there is no such window (any more)");
                continue;
            }
            if (!exposure.contains(read.offset, read.lengthBytes)) {
                exposure.endRead();
                fail(read, "the window has " + exposure.lengthBytes() + " bytes");
                continue;
            }
            try {
                exposure.checkFiles(read.offset, read.lengthBytes);
                return dataFrame(exposure, read);
            } catch (IOException e) {
                exposure.endRead();
                LOG.warn("sockets: cannot serve {} bytes to {}: {}", read.lengthBytes, peer, e.toString());
                fail(read, e.toString());
            }
        }
        return null;
    }

    private DataFrame dataFrame(Exposure exposure, WaitingRead read) {
        Sealer sealer = payloadSealer;
        return sealer == null
                ? new PlainDataFrame(exposure, read.readId, read.offset, read.lengthBytes)
                : new SealedDataFrame(exposure, sealer, loop.sealBuffers(), read.readId, read.offset, read.lengthBytes);
    }

    private void fail(WaitingRead read, String reason) {
        channel.enqueue(Frame.withReason(FrameType.READ_FAILED, read.readId, reason));
    }

    @Override
    public boolean wantsPause() {
        return waiting.size() >= MAX_WAITING_READS || channel.unsentBytes() > MAX_UNSENT_BYTES;
    }

    @Override
    public void onTick(long nowNs) throws FrameException {
        if (session == null) {
            if (nowNs - acceptedNs >= settings.handshakeTimeout().toNanos()) {
                throw new FrameException("the peer did not complete the handshake in time");
            }
        } else if (nowNs - channel.lastMovedNs() >= settings.peerTimeout().toNanos()) {
            throw new FrameException("no byte moved for " + settings.peerTimeout());
        }
    }

    @Override
    public void onClosed(@Nullable Throwable cause) {
        waiting.clear();
        ServerSession current = session;
        if (current == null) {
            server.onRefused(this, refusal == null ? cause : new FrameException(refusal.text()));
        } else {
            if (cause instanceof SealException rejected) {
                current.onRejected(peer, rejected);
            } else if (cause != null && !ending) {
                LOG.debug(
                        "sockets: lost a flow of session {} from {}: {}", current.sessionId(), peer, cause.toString());
            }
            current.leave(this);
        }
    }
}

package io.sparkefa.transport.socket;

import io.sparkefa.fuzz.AllocationBound;
import io.sparkefa.seal.Sealer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** A loop of the sockets transport that turns on the thread of the test, over sockets and with a clock of the test's own. */
final class MemoryLoop {

    /** What the flows of one peer may make a turn take beyond what they send: the payload that one frame may promise. */
    private static final long TURN_BYTES = (128 << 10) + Frame.MAX_MESSAGE_BYTES;

    /** What the JDK's AES-GCM takes for every frame, however short. */
    private static final long CIPHER_BYTES = 4 << 10;

    private final MemorySelector selector = new MemorySelector();
    private long nowNs = 1;
    final SocketLoop loop = new SocketLoop("memory", selector, () -> nowNs);
    final SocketLoops loops = new SocketLoops(List.of(loop));

    /** One loop as the transport has it; more do not fit into one thread. */
    static SocketSettings settings() {
        Duration day = Duration.ofDays(1);
        return SocketSettings.defaults()
                .withBinding("127.0.0.1", 0, 0)
                .withFlows(1, 1, 1, 64 << 10)
                .withTimeouts(day, day, day, day, Duration.ofMillis(1), day);
    }

    MemorySocketChannel openSocket() throws IOException {
        loop.openSocket();
        return lastOpened();
    }

    /** The socket that was opened last and has not been asked for here; null when there is none. */
    MemorySocketChannel lastOpened() {
        return selector.opened.pollLast();
    }

    void turn() {
        try {
            loop.doWork();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Turns after some time has passed, which deadlines notice. */
    void turnLater(Duration passed) {
        nowNs += passed.toNanos();
        turn();
    }

    /**
     * Has the peer of a socket say something, in pieces of so many bytes, and no more.
     *
     * @param pieceBytes 0 for all at once
     */
    void deliver(MemorySocketChannel to, ByteBuffer bytes, int pieceBytes) {
        int step = pieceBytes == 0 ? Math.max(1, bytes.remaining()) : pieceBytes;
        for (int from = bytes.position(); from < bytes.limit() && to.isOpen(); from += step) {
            int lengthBytes = Math.min(step, bytes.limit() - from);
            to.deliver(bytes.slice(from, lengthBytes));
            long frames = 1 + lengthBytes / (Frame.HEADER_BYTES + Sealer.TAG_BYTES);
            AllocationBound.checkOnce(lengthBytes, TURN_BYTES + frames * CIPHER_BYTES, this::turn);
        }
        to.end();
        turn();
        turn();
    }

    /** The payload of the one frame that was sent. */
    static ByteBuffer payload(FrameType expected, MemorySocketChannel from) {
        ByteBuffer frame = ByteBuffer.wrap(from.takeSent());
        FrameType type = Objects.requireNonNull(FrameType.ofCode(frame.get(0)));
        if (type != expected) {
            throw new AssertionError("sent " + type + " instead of " + expected);
        }
        return frame.position(Frame.HEADER_BYTES).slice();
    }

    /**
     * What a peer with the flow's keys sends instead of frames in clear text: each sealed, but for payload, which travels as it is.
     * What is no frame stays as it is.
     */
    static ByteBuffer sealed(ByteBuffer frames, FlowSeal with) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer in = frames.slice();
        while (in.remaining() >= Frame.HEADER_BYTES) {
            int lengthBytes = in.getInt(in.position() + Integer.BYTES);
            if (lengthBytes < 0 || lengthBytes > in.remaining() - Frame.HEADER_BYTES) {
                break;
            }
            int frameBytes = Frame.HEADER_BYTES + lengthBytes;
            ByteBuffer frame = ByteBuffer.allocate(frameBytes + Sealer.TAG_BYTES)
                    .put(in.slice(in.position(), frameBytes))
                    .flip();
            in.position(in.position() + frameBytes);
            boolean isData = frame.get(0) == FrameType.DATA.code();
            ByteBuffer ready = isData ? frame : with.sealFrame(frame);
            out.write(ready.array(), 0, ready.limit());
        }
        out.write(in.array(), in.arrayOffset() + in.position(), in.remaining());
        return ByteBuffer.wrap(out.toByteArray());
    }
}

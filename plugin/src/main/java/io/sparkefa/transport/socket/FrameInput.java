package io.sparkefa.transport.socket;

import io.sparkefa.seal.SealException;
import io.sparkefa.seal.Sealer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a flow receives into frames, opens those that are sealed, and hands them to the handler. Payload goes straight to
 * where the handler says; between frames only a header's worth of bytes is held. Confined to the flow's loop.
 */
final class FrameInput {

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final FrameHandler handler;
    private final SealBuffers buffers;
    private final ByteBuffer partialHeader = ByteBuffer.allocate(Frame.HEADER_BYTES);
    private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
    private final ByteBuffer[] scatter = new ByteBuffer[2];
    private long roomBytes;
    private boolean ended;

    private @Nullable FlowSeal seal;
    private @Nullable SegmentInput segments;

    // ---- the frame that is arriving
    private FrameType type = FrameType.GREETING;
    private long id;

    /** What arrives next goes here; null between frames. */
    private @Nullable ByteBuffer payload;

    private boolean collecting;

    FrameInput(FrameHandler handler, SealBuffers buffers) {
        this.handler = handler;
        this.buffers = buffers;
    }

    /** Every frame that begins from now on is sealed. */
    void startOpening(FlowSeal with) {
        seal = with;
        segments = with.opensPayload() ? new SegmentInput(with, buffers) : null;
    }

    /** Receives what is there, at most as much as there is room for; returns how much, or -1 when the peer has closed. */
    long receive(SocketChannel channel, ByteBuffer scratch) throws IOException {
        scratch.clear();
        ByteBuffer destination = payload;
        if (destination == null) {
            scratch.put(partialHeader.flip());
            partialHeader.clear();
            roomBytes = scratch.remaining();
            return channel.read(scratch);
        }
        roomBytes = (long) destination.remaining() + scratch.remaining();
        scatter[0] = destination;
        scatter[1] = scratch;
        return channel.read(scatter);
    }

    /** How much {@link #receive} had room for. */
    long roomBytes() {
        return roomBytes;
    }

    /** Handles what {@link #receive} has brought. */
    void handleFrames(ByteBuffer in) throws IOException {
        while (!ended) {
            ByteBuffer destination = payload;
            if (destination == null) {
                if (in.remaining() < Frame.HEADER_BYTES) {
                    partialHeader.put(in);
                    return;
                }
                beginFrame(in);
            } else {
                move(in, destination);
                if (destination.hasRemaining()) {
                    return;
                }
                onFilled(destination);
            }
        }
    }

    /** The flow is closed: nothing is handled any more. */
    void end() {
        ended = true;
        payload = null;
    }

    /** Lets go of memory that was received into. */
    void rest() {
        scatter[0] = EMPTY;
    }

    private void beginFrame(ByteBuffer in) throws IOException {
        header.clear().put(0, in, in.position(), Frame.HEADER_BYTES);
        int typeWord = in.getInt();
        int lengthBytes = in.getInt();
        id = in.getLong();
        FrameType begun = (typeWord & 0xffffff) == 0 ? FrameType.ofCode((byte) (typeWord >>> 24)) : null;
        if (begun == null) {
            throw new FrameException(
                    "a frame begins with " + Integer.toHexString(typeWord) + ", which is no type of frame");
        }
        if (!begun.allowsPayload(lengthBytes)) {
            throw new FrameException("a " + begun + " frame claims a payload of " + lengthBytes + " bytes");
        }
        type = begun;
        ByteBuffer destination = handler.onHeader(begun, lengthBytes, id);
        collecting = destination == null;
        if (destination != null) {
            payload = segments == null ? destination : segments.begin(destination);
            return;
        }
        int arrivingBytes = lengthBytes + (seal == null ? 0 : Sealer.TAG_BYTES);
        if (in.remaining() >= arrivingBytes) {
            ByteBuffer whole = in.slice(in.position(), arrivingBytes);
            in.position(in.position() + arrivingBytes);
            deliver(whole);
        } else {
            payload = ByteBuffer.allocate(arrivingBytes);
        }
    }

    private void onFilled(ByteBuffer filled) throws IOException {
        payload = null;
        if (collecting) {
            deliver(filled.flip());
            return;
        }
        if (segments != null) {
            try {
                payload = segments.onFilled(header);
            } catch (SealException e) {
                throw rejected(e);
            }
        }
        if (payload == null) {
            handler.onFrame(type, id, EMPTY);
        }
    }

    private void deliver(ByteBuffer arrived) throws IOException {
        FlowSeal current = seal;
        if (current == null) {
            handler.onFrame(type, id, arrived);
            return;
        }
        ByteBuffer copy = buffers.acquire();
        ByteBuffer room = buffers.acquire();
        try {
            // On the heap, where opening takes half the time.
            ByteBuffer sealed = arrived.isDirect() ? copy.put(arrived).flip() : arrived;
            ByteBuffer opened = sealed.remaining() <= room.remaining() ? room : ByteBuffer.allocate(sealed.remaining());
            current.openFrame(header, sealed, opened);
            handler.onFrame(type, id, opened.flip());
        } catch (SealException e) {
            throw rejected(e);
        } finally {
            buffers.release(copy);
            buffers.release(room);
        }
    }

    private SealException rejected(SealException cause) {
        return new SealException("a " + type + " frame was rejected: " + cause.getMessage());
    }

    private static void move(ByteBuffer from, ByteBuffer to) {
        int lengthBytes = Math.min(from.remaining(), to.remaining());
        to.put(to.position(), from, from.position(), lengthBytes);
        to.position(to.position() + lengthBytes);
        from.position(from.position() + lengthBytes);
    }
}

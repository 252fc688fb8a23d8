package io.sparkefa.transport.socket;

import io.sparkefa.seal.Opener;
import io.sparkefa.seal.SealException;
import io.sparkefa.seal.SealPurpose;
import io.sparkefa.seal.Sealer;
import io.sparkefa.seal.SessionKeys;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Seals what one end of an open flow sends, and opens what it receives. Confined to the flow's loop.
 *
 * <p>Every frame but DATA is sealed: its payload is encrypted, its header vouched for by the same tag. The payload of DATA is
 * sealed in segments where payload has to be encrypted; else it travels as it is, header and all. Numbers are not sent: each
 * end counts what it seals and what it opens, so a frame that was repeated, left out or moved does not open.
 */
final class FlowSeal {

    private final Sealer frameSealer;
    private final Opener frameOpener;
    private final @Nullable Sealer payloadSealer;
    private final @Nullable Opener payloadOpener;
    private long openedFrames;
    private long openedSegments;

    private FlowSeal(
            Sealer frameSealer, Opener frameOpener, @Nullable Sealer payloadSealer, @Nullable Opener payloadOpener) {
        this.frameSealer = frameSealer;
        this.frameOpener = frameOpener;
        this.payloadSealer = payloadSealer;
        this.payloadOpener = payloadOpener;
    }

    static FlowSeal ofReader(SessionKeys keys, boolean encrypted) {
        return new FlowSeal(
                keys.sealer(SealPurpose.READER_MESSAGES),
                keys.opener(SealPurpose.SERVER_MESSAGES),
                null,
                encrypted ? keys.opener(SealPurpose.SERVER_PAYLOAD) : null);
    }

    static FlowSeal ofServer(SessionKeys keys, boolean encrypted) {
        return new FlowSeal(
                keys.sealer(SealPurpose.SERVER_MESSAGES),
                keys.opener(SealPurpose.READER_MESSAGES),
                encrypted ? keys.sealer(SealPurpose.SERVER_PAYLOAD) : null,
                null);
    }

    /** What seals the payload of DATA frames; null where it travels as it is, or comes from the other end. */
    @Nullable
    Sealer payloadSealer() {
        return payloadSealer;
    }

    boolean opensPayload() {
        return payloadOpener != null;
    }

    /**
     * Seals a whole frame in its own memory, which has room for a tag behind it, as all that {@link Frame} makes.
     *
     * @return the same buffer, to be sent as it is
     */
    ByteBuffer sealFrame(ByteBuffer frame) {
        int lengthBytes = frame.limit() - Frame.HEADER_BYTES;
        ByteBuffer header = frame.slice(0, Frame.HEADER_BYTES);
        ByteBuffer payload = frame.slice(Frame.HEADER_BYTES, lengthBytes);
        frame.limit(frame.limit() + Sealer.TAG_BYTES);
        frameSealer.seal(header, payload, frame.slice(Frame.HEADER_BYTES, lengthBytes + Sealer.TAG_BYTES));
        return frame;
    }

    /**
     * Opens the payload of a frame.
     *
     * @param sealed payload and tag
     */
    void openFrame(ByteBuffer header, ByteBuffer sealed, ByteBuffer out) throws SealException {
        frameOpener.open(openedFrames++, header, sealed, out);
    }

    /** Opens a segment of a DATA frame. */
    void openSegment(ByteBuffer header, ByteBuffer sealed, ByteBuffer out) throws SealException {
        if (payloadOpener == null) {
            throw new IllegalStateException("payload is not sealed on this flow");
        }
        payloadOpener.open(openedSegments++, header, sealed, out);
    }
}

package io.sparkefa.transport.socket;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One end of a flow: what its frames mean. All methods run on the thread of the flow's loop. */
interface FrameHandler {

    /** The TCP connection that this end asked for has been made. */
    void onConnected() throws FrameException;

    /**
     * A frame of a type and length that exist begins to arrive.
     *
     * @return where the payload goes, with exactly its length remaining; null to have it collected for {@link #onFrame}
     * @throws FrameException when such a frame must not come now
     */
    @Nullable
    ByteBuffer onHeader(FrameType type, int lengthBytes, long id) throws FrameException;

    /**
     * A frame has arrived whole.
     *
     * @param payload the payload, good during the call; empty when {@link #onHeader} said where it goes
     */
    void onFrame(FrameType type, long id, ByteBuffer payload) throws FrameException;

    /** All frames that had arrived have been handled. */
    void onFramesHandled();

    /** There is room to send: the next long payload to be sent on this flow, or null when there is none. */
    @Nullable
    DataFrame nextDataFrame();

    /** Whether frames of the peer are to wait in its socket until some of its earlier ones have been answered. */
    boolean wantsPause();

    void onTick(long nowNs) throws FrameException;

    /**
     * The channel has been closed, and nothing will be read or written any more. Called once.
     *
     * @param cause why; null when this end closed it on purpose
     */
    void onClosed(@Nullable Throwable cause);
}

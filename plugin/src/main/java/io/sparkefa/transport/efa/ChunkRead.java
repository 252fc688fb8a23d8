package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a reader wants of a window in one go.
 *
 * @param whole the read that this is a part of
 * @param offset in the window
 * @param inPlace where the peer has it; nothing when the peer has to be asked
 * @param destination its remaining bytes, at most a chunk's
 */
record ChunkRead(
        SplitRead whole,
        long windowId,
        long offset,
        @Nullable StagedChunk inPlace,
        ByteBuffer destination) {
    int lengthBytes() {
        return destination.remaining();
    }
}

package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;

/**
 * What a reader wants of a window in one go.
 *
 * @param whole the read that this is a part of
 * @param offset in the window
 * @param destination its remaining bytes, at most a chunk's
 */
record ChunkRead(SplitRead whole, long windowId, long offset, ByteBuffer destination) {
    int lengthBytes() {
        return destination.remaining();
    }
}

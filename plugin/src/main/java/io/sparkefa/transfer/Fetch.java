package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.LayoutMessage;
import java.util.List;
import java.util.Optional;

/** One FETCH message and all that follows from it. Thread-safe; nothing here blocks. */
interface Fetch {

    List<BlockKey> blocks();

    /** An answer of at most this many bytes may come inside the LAYOUT message. */
    int inlineMaxBytes();

    /**
     * The server has answered. Called at most once; may come after {@link #fail}, and then only releases the window.
     *
     * @param layout has as many blocks as were asked for; its inline bytes are only good during the call
     * @param window where the blocks are to be read; empty when they are inline
     */
    void onLayout(LayoutMessage layout, Optional<WindowReader> window);

    /** Reports all blocks not reported yet as failed. Harmless when there are none. */
    void fail(FetchException cause);

    /** Fails when it has waited too long. */
    void tick(long nowNs);
}

package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.BlockKey;
import java.util.List;

/** A reader's session with one peer. Thread-safe; nothing here blocks. */
public interface PeerSession extends AutoCloseable {

    /**
     * Fetches blocks into leased memory. Every block is reported to the sink exactly once, in whatever order they arrive, and
     * within bounded time also when the session ends.
     *
     * @param blocks at least one; the sink names them by their index in this list
     */
    FetchHandle fetch(List<BlockKey> blocks, BlockSink sink);

    /** As {@link #fetch}, but writes each block to a channel, holding only a few pieces of it in memory at a time. */
    FetchHandle fetchToChannels(List<BlockKey> blocks, ChannelSink sink);

    /** Ends the session: blocks not yet reported fail. Harmless when repeated. */
    @Override
    void close();
}

package io.sparkefa.transport.efa;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The chunks that a reader wants from one peer: which wait, which the peer has been asked to stage, and how many are being
 * pulled. Bounds what the peer has to stage for one reader. Confined to the session's rail.
 */
final class ReadWindow {

    private final int maxReadsAhead;
    private final long maxBytesAhead;

    private final Deque<ChunkRead> waiting = new ArrayDeque<>();
    private final Map<Integer, ChunkRead> asked = new HashMap<>();
    private int nextReadId;
    private int pulling;
    private long bytesAhead;

    ReadWindow(int maxReadsAhead, long maxBytesAhead) {
        this.maxReadsAhead = maxReadsAhead;
        this.maxBytesAhead = maxBytesAhead;
    }

    void add(ChunkRead read) {
        waiting.add(read);
    }

    /** Begins as many as may be: those that are in place are being pulled then, the others asked for. */
    void begin(Starter starter) {
        while (!waiting.isEmpty() && hasRoom()) {
            ChunkRead read = waiting.remove();
            int readId = nextReadId++;
            bytesAhead += read.lengthBytes();
            StagedChunk inPlace = read.inPlace();
            if (inPlace == null) {
                asked.put(readId, read);
                starter.ask(readId, read);
            } else {
                pulling++;
                starter.pull(readId, read, inPlace);
            }
        }
    }

    interface Starter {
        void ask(int readId, ChunkRead read);

        /** {@link #onPulled} follows. */
        void pull(int readId, ChunkRead read, StagedChunk chunk);
    }

    private boolean hasRoom() {
        return asked.size() + pulling < maxReadsAhead && bytesAhead < maxBytesAhead;
    }

    /** The peer has staged it; null when it was not asked to. {@link #onPulled} follows. */
    @Nullable
    ChunkRead onReady(int readId) {
        ChunkRead read = asked.remove(readId);
        if (read != null) {
            pulling++;
        }
        return read;
    }

    /** The peer could not stage it; null when it was not asked to. */
    @Nullable
    ChunkRead onFailed(int readId) {
        ChunkRead read = asked.remove(readId);
        if (read != null) {
            bytesAhead -= read.lengthBytes();
        }
        return read;
    }

    void onPulled(ChunkRead read) {
        pulling--;
        bytesAhead -= read.lengthBytes();
    }

    /** No rail lives that could still tell of a pull. */
    void abandonPulls() {
        pulling = 0;
    }

    boolean isPulling() {
        return pulling > 0;
    }

    boolean isEmpty() {
        return waiting.isEmpty() && asked.isEmpty() && pulling == 0;
    }

    /** Takes out what is not being pulled. */
    void drain(Consumer<ChunkRead> to) {
        List<ChunkRead> unstarted = new ArrayList<>(asked.values());
        unstarted.addAll(waiting);
        asked.values().forEach(read -> bytesAhead -= read.lengthBytes());
        asked.clear();
        waiting.clear();
        unstarted.forEach(to);
    }
}

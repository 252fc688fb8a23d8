package io.sparkefa.shuffle;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The most recently used indexes, bounded by their bytes. Guarded by the store's lock. */
final class IndexCache {

    private final long maxBytes;
    private final LinkedHashMap<OutputId, MapOutputIndex> indexes = new LinkedHashMap<>(16, 0.75f, true);
    private long sizeBytes;

    IndexCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Nullable
    MapOutputIndex get(OutputId id) {
        return indexes.get(id);
    }

    boolean contains(OutputId id) {
        return indexes.containsKey(id);
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** Adds an index, unless it alone is more than the bound, and returns whose indexes had to leave for it. */
    List<OutputId> put(OutputId id, MapOutputIndex index) {
        remove(id);
        List<OutputId> evicted = new ArrayList<>();
        if (index.sizeBytes() > maxBytes) {
            return evicted;
        }
        Iterator<Map.Entry<OutputId, MapOutputIndex>> eldestFirst =
                indexes.entrySet().iterator();
        while (sizeBytes + index.sizeBytes() > maxBytes) {
            Map.Entry<OutputId, MapOutputIndex> eldest = eldestFirst.next();
            evicted.add(eldest.getKey());
            sizeBytes -= eldest.getValue().sizeBytes();
            eldestFirst.remove();
        }
        indexes.put(id, index);
        sizeBytes += index.sizeBytes();
        return evicted;
    }

    void remove(OutputId id) {
        MapOutputIndex removed = indexes.remove(id);
        if (removed != null) {
            sizeBytes -= removed.sizeBytes();
        }
    }

    void removeAll(Predicate<OutputId> outputs) {
        List<OutputId> doomed = indexes.keySet().stream().filter(outputs).toList();
        doomed.forEach(this::remove);
    }
}

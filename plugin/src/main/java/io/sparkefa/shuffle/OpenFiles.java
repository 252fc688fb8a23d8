package io.sparkefa.shuffle;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The most recently used data files, kept open for the next user. Holds one reference to each; what leaves is handed to the
 * caller to release, outside of the lock. Guarded by the store's lock.
 */
final class OpenFiles {

    private final int maxCount;
    private final LinkedHashMap<OutputId, DataFile> files = new LinkedHashMap<>(16, 0.75f, true);

    OpenFiles(int maxCount) {
        this.maxCount = maxCount;
    }

    int size() {
        return files.size();
    }

    /** The file, held once more for the caller. */
    @Nullable
    DataFile retain(OutputId id) {
        DataFile file = files.get(id);
        if (file == null || !file.isUsable()) {
            return null;
        }
        file.usedSinceCheck = true;
        file.retain();
        return file;
    }

    /**
     * Adds a file and holds it, unless there is no room because all are in use.
     *
     * @param dropped gets what leaves instead
     */
    void put(OutputId id, DataFile file, List<DataFile> dropped) {
        remove(id, dropped);
        if (files.size() >= maxCount) {
            dropEldestUnused(dropped);
        }
        if (files.size() < maxCount) {
            file.retain();
            files.put(id, file);
        }
    }

    void remove(OutputId id, List<DataFile> dropped) {
        DataFile removed = files.remove(id);
        if (removed != null) {
            dropped.add(removed);
        }
    }

    List<DataFile> removeAll(Predicate<OutputId> outputs) {
        List<DataFile> dropped = new ArrayList<>();
        List<OutputId> doomed = files.keySet().stream().filter(outputs).toList();
        doomed.forEach(id -> remove(id, dropped));
        return dropped;
    }

    /** Removes the files that nobody has used for {@code idleTimeoutNs}, as far as calls of this method can tell. */
    List<DataFile> removeIdle(long nowNs, long idleTimeoutNs) {
        List<DataFile> dropped = new ArrayList<>();
        for (Iterator<DataFile> each = files.values().iterator(); each.hasNext(); ) {
            DataFile file = each.next();
            if (file.usedSinceCheck || file.isInUseBesidesCache()) {
                file.usedSinceCheck = false;
                file.idleSinceNs = nowNs;
            } else if (nowNs - file.idleSinceNs >= idleTimeoutNs) {
                each.remove();
                dropped.add(file);
            }
        }
        return dropped;
    }

    /** Removes the files that nobody uses. */
    List<DataFile> removeUnused() {
        List<DataFile> dropped = new ArrayList<>();
        for (Iterator<DataFile> each = files.values().iterator(); each.hasNext(); ) {
            DataFile file = each.next();
            if (!file.isInUseBesidesCache()) {
                each.remove();
                dropped.add(file);
            }
        }
        return dropped;
    }

    private void dropEldestUnused(List<DataFile> dropped) {
        for (Iterator<Map.Entry<OutputId, DataFile>> eldestFirst =
                        files.entrySet().iterator();
                eldestFirst.hasNext(); ) {
            DataFile file = eldestFirst.next().getValue();
            if (!file.isInUseBesidesCache()) {
                eldestFirst.remove();
                dropped.add(file);
                return;
            }
        }
    }
}

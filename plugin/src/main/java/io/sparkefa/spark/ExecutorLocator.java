package io.sparkefa.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BlockManagerMaster;
import scala.collection.Iterator;

/**
 * Finds the block servers of the executors themselves, which Spark does not name when its external shuffle service is on.
 * Thread-safe; blocks while the driver is asked, which happens rarely however many ask here.
 */
final class ExecutorLocator {

    /** How long the driver's answer counts as fresh enough to say that an executor is not there. */
    static final long FRESH_NS = TimeUnit.SECONDS.toNanos(5);

    private final Supplier<List<BlockManagerId>> driver;
    private final LongSupplier nanoClock;

    // @GuardedBy("this")
    private Map<String, PeerAddress> known = Map.of();
    // @GuardedBy("this")
    private long askedNs;

    /** One that asks the driver. */
    static ExecutorLocator asking(BlockManagerMaster driver, LongSupplier nanoClock) {
        return new ExecutorLocator(
                () -> {
                    List<BlockManagerId> live = new ArrayList<>();
                    Iterator<BlockManagerId> ids = driver.getMemoryStatus().keysIterator();
                    while (ids.hasNext()) {
                        live.add(ids.next());
                    }
                    return live;
                },
                nanoClock);
    }

    /** @param driver lists the block servers of all live executors */
    ExecutorLocator(Supplier<List<BlockManagerId>> driver, LongSupplier nanoClock) {
        this.driver = driver;
        this.nanoClock = nanoClock;
        this.askedNs = nanoClock.getAsLong() - FRESH_NS;
    }

    /** Where the executor's own block server is; nothing when there is no such executor (any more). */
    synchronized Optional<PeerAddress> locate(String executorId) {
        if (nanoClock.getAsLong() - askedNs >= FRESH_NS) {
            Map<String, PeerAddress> listed = new HashMap<>();
            for (BlockManagerId id : driver.get()) {
                listed.put(id.executorId(), new PeerAddress(id.executorId(), id.host(), id.port()));
            }
            known = listed;
            askedNs = nanoClock.getAsLong();
        }
        return Optional.ofNullable(known.get(executorId));
    }
}

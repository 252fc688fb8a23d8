package io.sparkefa.it.bench.work;

import io.sparkefa.it.app.PluginCounters;

/** How many blocks the plugin has left to Spark's own client in this process; 0 on stock Spark. */
final class FallbackCount {

    private FallbackCount() {}

    static long ofThisExecutor() {
        return PluginCounters.ofThisExecutor().getOrDefault("fallback.blocks", 0L);
    }
}

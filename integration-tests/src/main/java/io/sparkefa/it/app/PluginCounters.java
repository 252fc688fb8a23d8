package io.sparkefa.it.app;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.shuffle.efa.EfaShuffleManager;

/** Reads the plugin's counters where they are kept: in each executor. */
public final class PluginCounters {

    private PluginCounters() {}

    /** Values by metric name; empty on stock Spark, where none of the plugin's classes is there to be loaded. */
    public static Map<String, Long> ofThisExecutor() {
        boolean pluginRuns =
                SparkEnv.get().shuffleManager().getClass().getName().endsWith(".EfaShuffleManager");
        return pluginRuns ? Values.read() : Map.of();
    }

    /** Apart from its caller, so that stock Spark never links it. */
    private static final class Values {

        static Map<String, Long> read() {
            ShuffleCounters counters = EfaShuffleManager.counters();
            Map<String, Long> values = new TreeMap<>();
            for (ShuffleCounter counter : ShuffleCounter.values()) {
                values.put(counter.metricName(), counters.get(counter));
            }
            return values;
        }
    }
}

package io.sparkefa.spark;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.spark.metrics.source.Source;

/** What the plugin counts, in Spark's metrics system: one gauge for each counter, and some for what is in use just now. */
final class EfaShuffleSource implements Source {

    private final MetricRegistry registry = new MetricRegistry();

    /** @param levels what is in use just now, by name */
    EfaShuffleSource(ShuffleCounters counters, Map<String, LongSupplier> levels) {
        for (ShuffleCounter counter : ShuffleCounter.values()) {
            register(counter.metricName(), () -> counters.get(counter));
        }
        levels.forEach(this::register);
    }

    private void register(String name, LongSupplier value) {
        Gauge<Long> gauge = value::getAsLong;
        registry.register(name, gauge);
    }

    @Override
    public String sourceName() {
        return "SparkEfa";
    }

    @Override
    public MetricRegistry metricRegistry() {
        return registry;
    }
}

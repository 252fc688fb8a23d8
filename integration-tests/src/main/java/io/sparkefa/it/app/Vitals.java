package io.sparkefa.it.app;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import scala.jdk.javaapi.CollectionConverters;

/** What an executor has in use, as numbers by name: of its JVM, and the plugin's levels in Spark's metrics system. */
public final class Vitals {

    public static final String HEAP_BYTES = "heap.bytes";
    public static final String DIRECT_BYTES = "direct.bytes";
    public static final String MAPPED_BYTES = "mapped.bytes";
    public static final String OPEN_FILES = "files.open";

    /** Without those that run tasks: Spark makes one whenever the one before is not back in its pool yet, and keeps each 60 s. */
    public static final String THREADS = "threads";

    /** The plugin's threads that stay, that is, without those that end when they have nothing to do. */
    public static final String PLUGIN_THREADS = "threads.plugin";

    /** The process, for who wants to ask others about it. */
    public static final String PID = "pid";

    /** Of the plugin's levels, memory for fetched blocks that somebody holds. */
    public static final String LEASED_BYTES = "memory.leasedBytes";

    /** Of the plugin's levels, memory for blocks to be served that somebody holds. */
    public static final String STAGED_BYTES = "staging.leasedBytes";

    private static final String PLUGIN_SOURCE = "SparkEfa";

    private Vitals() {}

    /** Collects garbage first, so that the heap is what is reachable. */
    static Map<String, Long> ofThisExecutor() {
        System.gc();
        Map<String, Long> vitals = new TreeMap<>();
        vitals.put(PID, ProcessHandle.current().pid());
        vitals.put(
                HEAP_BYTES,
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct") || pool.getName().equals("mapped")) {
                vitals.put(pool.getName() + ".bytes", pool.getMemoryUsed());
            }
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            vitals.put(OPEN_FILES, system.getOpenFileDescriptorCount());
        }
        Set<Thread> threads = Thread.getAllStackTraces().keySet();
        vitals.put(
                THREADS,
                threads.stream()
                        .filter(thread -> !thread.getName().startsWith("Executor task launch worker"))
                        .count());
        vitals.put(
                PLUGIN_THREADS,
                threads.stream().filter(Vitals::isPluginsForGood).count());
        for (Source source :
                CollectionConverters.asJava(SparkEnv.get().metricsSystem().getSourcesByName(PLUGIN_SOURCE))) {
            addLevels(source.metricRegistry(), vitals);
        }
        return vitals;
    }

    private static boolean isPluginsForGood(Thread thread) {
        return thread.getName().matches("spark-efa-(sockets-\\d+|rail-.*|housekeeping.*)");
    }

    @SuppressWarnings("rawtypes") // the registry's own signature
    private static void addLevels(MetricRegistry registry, Map<String, Long> vitals) {
        for (Map.Entry<String, Gauge> gauge : registry.getGauges().entrySet()) {
            if (gauge.getValue().getValue() instanceof Long value) {
                vitals.put(gauge.getKey(), value);
            }
        }
    }
}

package io.sparkefa.spark;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this process has in use at a moment.
 *
 * @param heapBytes live objects only: a full collection comes before
 * @param residentBytes of the whole process, heap and all
 * @param threads of the operating system, but for the background threads, which are few and end when they have nothing to do
 * @param cpuNs since the process began
 */
record ProcessUse(long heapBytes, long residentBytes, long threads, long descriptors, long cpuNs) {

    /** As much of {@link RuntimeThreads}' names as Linux keeps. */
    private static final String BACKGROUND = "spark-efa-backg";

    static ProcessUse now() throws IOException {
        long heapBytes =
                liveObjects().values().stream().mapToLong(Long::longValue).sum();
        long residentPages = Long.parseLong(
                Files.readString(Path.of("/proc/self/statm")).trim().split(" ")[1]);
        return new ProcessUse(heapBytes, residentPages * 4096, countThreads(), count("/proc/self/fd") - 1, cpuNsNow());
    }

    static long cpuNsNow() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** The bytes of the live objects of each class, after a full collection. */
    static Map<String, Long> liveObjects() {
        String histogram;
        try {
            histogram = (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException("this JVM gives no histogram of its heap", e);
        }
        Map<String, Long> bytes = new TreeMap<>();
        // "   1:         24513        1961040  java.lang.reflect.Method (java.base@25)"
        for (String line : histogram.lines().toList()) {
            String[] words = line.trim().split("\\s+");
            if (words.length >= 4 && words[0].endsWith(":")) {
                bytes.merge(words[3], Long.parseLong(words[2]), Long::sum);
            }
        }
        return bytes;
    }

    private static long countThreads() throws IOException {
        long threads = 0;
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                threads += Files.readString(task.resolve("comm")).startsWith(BACKGROUND) ? 0 : 1;
            }
        }
        return threads;
    }

    private static long count(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(folder))) {
            return entries.count();
        }
    }

    @Override
    public String toString() {
        return "heap %d resident %d threads %d descriptors %d cpuNs %d"
                .formatted(heapBytes, residentBytes, threads, descriptors, cpuNs);
    }
}

package io.sparkefa.it.bench.measure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much processor time processes have used, as Linux counts it. */
public final class ProcessCpu {

    /** The unit of {@code /proc/<pid>/stat}: USER_HZ, 100 per second on every Linux (proc_pid_stat(5)). */
    private static final long TICK_NS = 10_000_000;

    private ProcessCpu() {}

    /**
     * User and system time of all threads of these processes, those that have ended as well; exact to 10 ms for each process.
     *
     * @throws IOException when one of them is gone
     */
    public static long ns(long... pids) throws IOException {
        long sum = 0;
        for (long pid : pids) {
            sum += ticks(Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1));
        }
        return sum * TICK_NS;
    }

    /** Fields 14 and 15; the second is a name in parentheses that may hold anything. */
    static long ticks(String stat) {
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(afterName[11]) + Long.parseLong(afterName[12]);
    }
}

package io.sparkefa.it.jobs;

import io.sparkefa.it.app.Await;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.app.Vitals;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What must hold when a fault is over: the executors serve each other again over the plugin's preferred transport, with the same rows,
 * and hold on to nothing.
 */
final class Afterwards {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Afterwards() {}

    /** Returns when it holds; without the plugin, when the shuffle has been run again. */
    static void check(JobContext context, List<String> rows) throws Exception {
        boolean overEfa = context.setting("spark.shuffle.efa.transport", "auto").equals("efa");
        String bytes = overEfa ? "fetch.bytesOverEfa" : "fetch.bytesOverSockets";
        long startNs = System.nanoTime();
        while (true) {
            Map<String, Map<String, Long>> before = context.executors().vitals();
            List<String> again = MidReduce.disturbed(context, () -> {});
            if (!again.equals(rows)) {
                throw new IllegalStateException("rows of the next job: " + again + ", of this one: " + rows);
            }
            Map<String, Map<String, Long>> after = context.executors().vitals();
            boolean plugin = after.values().stream().anyMatch(vitals -> vitals.containsKey("fetch.bytes"));
            if (!plugin) {
                return;
            }
            long fetched = rise(before, after, "fetch.bytes");
            if (fetched > 0 && rise(before, after, bytes) == fetched && rise(before, after, "fallback.requests") == 0) {
                break;
            }
            if (System.nanoTime() - startNs > LIMIT.toNanos()) {
                throw new IllegalStateException("after " + LIMIT.toSeconds() + " s blocks still go other ways than "
                        + bytes + "; before the last job " + before + ", after it " + after);
            }
        }
        Await.until(
                () -> "memory to be given back: " + context.executors().vitals(),
                LIMIT,
                () -> held(context.executors().vitals()) == 0);
    }

    private static long rise(Map<String, Map<String, Long>> before, Map<String, Map<String, Long>> after, String name) {
        return sum(after, name) - sum(before, name);
    }

    private static long held(Map<String, Map<String, Long>> vitals) {
        return sum(vitals, Vitals.LEASED_BYTES) + sum(vitals, Vitals.STAGED_BYTES);
    }

    private static long sum(Map<String, Map<String, Long>> vitals, String name) {
        return vitals.values().stream()
                .mapToLong(one -> one.getOrDefault(name, 0L))
                .sum();
    }
}

package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Closing things as an executor that stops would, and less patiently. */
public final class Closing {

    /** All that stopping may take. */
    public static final long BOUND_MS = 5_000;

    private Closing() {}

    /** Closes each of them from two threads at once, in time, and then once more. Returns how long it took, in milliseconds. */
    public static long inTime(AutoCloseable... parts) throws Exception {
        long startNs = System.nanoTime();
        List<CompletableFuture<Exception>> closes = new ArrayList<>();
        for (AutoCloseable part : parts) {
            for (int i = 0; i < 2; i++) {
                closes.add(close(part));
            }
        }
        for (CompletableFuture<Exception> close : closes) {
            long passedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            Exception thrown;
            try {
                thrown = close.get(Math.max(1, BOUND_MS - passedMs), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                throw new AssertionError("not closed within " + BOUND_MS + " ms; our threads: " + describeThreads(), e);
            }
            if (thrown != null) {
                throw thrown;
            }
        }
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
        for (AutoCloseable part : parts) {
            part.close();
        }
        return tookMs;
    }

    private static CompletableFuture<Exception> close(AutoCloseable part) {
        CompletableFuture<Exception> ended = new CompletableFuture<>();
        Thread closer = new Thread(
                () -> {
                    try {
                        part.close();
                        ended.complete(null);
                    } catch (Exception e) {
                        ended.complete(e);
                    } catch (Throwable e) {
                        ended.completeExceptionally(e);
                    }
                },
                "closer");
        closer.setDaemon(true);
        closer.start();
        return ended;
    }

    /** The plugin's threads that there are now. */
    public static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("spark-efa-"))
                .collect(Collectors.toSet());
    }

    /** Waits until no thread of the plugin is left but those from before. */
    public static void awaitNoThreads(Set<Thread> butThese) {
        Await.until("threads have ended", () -> butThese.containsAll(threads()));
        assertThat(butThese).containsAll(threads());
    }

    private static String describeThreads() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().startsWith("spark-efa-"))
                .map(Closing::describe)
                .collect(Collectors.joining("\n"));
    }

    private static String describe(Map.Entry<Thread, StackTraceElement[]> entry) {
        return entry.getKey().getName() + " "
                + Arrays.stream(entry.getValue()).limit(8).map(String::valueOf).toList();
    }
}

package io.sparkefa.it.bench.fleet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The applications of one {@link Cluster}: started together, alive together, and ended by {@link #close}. */
public final class Fleet implements AutoCloseable {

    private final List<Contestant> contestants;
    private final Map<Contender, String> absent;

    private Fleet(List<Contestant> contestants, Map<Contender, String> absent) {
        this.contestants = contestants;
        this.absent = absent;
    }

    /** @param files in which executors put their files */
    public static Fleet start(List<Contender> contenders, Cluster cluster, Path files) throws InterruptedException {
        Map<Contender, Future<Contestant>> starting = new TreeMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, contenders.size()));
        List<Contestant> started = Collections.synchronizedList(new ArrayList<>());
        Map<Contender, String> absent = new TreeMap<>();
        try {
            for (Contender contender : contenders) {
                starting.put(contender, threads.submit(() -> {
                    Contestant contestant = Contestant.start(contender, cluster, files);
                    started.add(contestant);
                    return contestant;
                }));
            }
            List<Contestant> contestants = new ArrayList<>();
            for (Map.Entry<Contender, Future<Contestant>> start : starting.entrySet()) {
                try {
                    contestants.add(start.getValue().get());
                } catch (ExecutionException e) {
                    absent.put(start.getKey(), reason(e));
                }
            }
            return new Fleet(contestants, absent);
        } catch (InterruptedException e) {
            threads.shutdownNow();
            started.forEach(Contestant::close);
            throw e;
        } finally {
            threads.shutdown();
        }
    }

    private static String reason(ExecutionException failedStart) {
        return failedStart.getCause() instanceof ContestantException failure
                ? failure.reason() + System.lineSeparator() + failure.logs()
                : String.valueOf(failedStart.getCause());
    }

    /** Those that are alive, in the order of {@link Contender}. */
    public List<Contestant> contestants() {
        return List.copyOf(contestants);
    }

    /** Those that did not start, with the reasons. */
    public Map<Contender, String> absent() {
        return absent;
    }

    /** Ends an application that is of no use any more. */
    public void drop(Contestant contestant) {
        if (contestants.remove(contestant)) {
            contestant.close();
        }
    }

    @Override
    public void close() {
        contestants.parallelStream().forEach(Contestant::close);
        contestants.clear();
    }
}

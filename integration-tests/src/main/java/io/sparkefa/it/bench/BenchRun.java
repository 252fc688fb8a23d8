package io.sparkefa.it.bench;

import io.sparkefa.it.bench.cases.Case;
import io.sparkefa.it.bench.cases.Recorder;
import io.sparkefa.it.bench.fleet.Cluster;
import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.fleet.ContestantException;
import io.sparkefa.it.bench.fleet.Fleet;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.report.CaseResult;
import io.sparkefa.it.bench.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One run: starts the applications that the cases want, has each case measured, says what it found. Used by one thread. */
final class BenchRun {
    private static final String NO_TIME = "no time left (--minutes allows more)";
    /** So many rounds of a case are taken although its share of the time is used up. */
    private static final int ROUNDS_AT_LEAST = 3;
    /** No case is begun with less time left. */
    private static final long SHORTEST_CASE_MS = 5_000;
    /** What a case that was begun in time may take longer, and what ending the applications takes. */
    private static final Duration GRACE = Duration.ofMinutes(3);

    private final Options options;
    private final List<Contender> contenders;
    private final FilesFolder files;
    private final Report report;
    private final long deadlineNs;
    /** Of the cases that have not begun. */
    private int sharesLeft;

    BenchRun(Options options, List<Contender> contenders, FilesFolder files) {
        this.options = options;
        this.contenders = contenders;
        this.files = files;
        this.report = new Report(options.out());
        this.deadlineNs = System.nanoTime() + options.limit().toNanos();
    }

    /** Returns whether anything was measured. */
    boolean run(List<Case> cases) throws IOException, InterruptedException {
        sharesLeft = cases.stream().mapToInt(Case::shares).sum();
        Thread watchdog = watchdog();
        watchdog.start();
        try {
            runAll(cases);
        } finally {
            watchdog.interrupt();
        }
        say(report.targets());
        say("Results: " + options.out());
        return !report.isEmpty();
    }

    private void runAll(List<Case> cases) throws IOException, InterruptedException {
        Map<Cluster, List<Case>> byCluster = new LinkedHashMap<>();
        for (Case each : cases) {
            byCluster
                    .computeIfAbsent(each.cluster(), first -> new ArrayList<>())
                    .add(each);
        }
        for (Map.Entry<Cluster, List<Case>> group : byCluster.entrySet()) {
            if (hasTime(SHORTEST_CASE_MS)) {
                run(group.getKey(), group.getValue());
            } else {
                group.getValue().forEach(each -> skip(each, NO_TIME));
            }
        }
    }

    private void run(Cluster cluster, List<Case> all) throws IOException, InterruptedException {
        // Before the applications start: what a case needs of the machine may have to be there by then.
        List<Case> cases = new ArrayList<>();
        for (Case each : all) {
            String obstacle = each.obstacle();
            if (obstacle.isEmpty()) {
                cases.add(each);
            } else {
                skip(each, obstacle);
            }
        }
        if (cases.isEmpty()) {
            return;
        }
        List<Contender> wanted = contenders.stream()
                .filter(contender -> cases.stream().anyMatch(each -> each.appliesTo(contender)))
                .toList();
        say("Starting " + wanted.stream().map(Contender::label).toList() + ", " + cluster.executors()
                + " executors each ...");
        Files.createDirectories(files.executors());
        long startNs = System.nanoTime();
        try (Fleet fleet = Fleet.start(wanted, cluster, files.executors())) {
            fleet.absent()
                    .forEach((contender, reason) ->
                            say(contender.label() + " is left out, it did not start: " + reason));
            say("... " + seconds(startNs) + ".\n");
            for (Case each : cases) {
                if (hasTime(SHORTEST_CASE_MS)) {
                    run(each, fleet);
                } else {
                    skip(each, NO_TIME);
                }
            }
        }
    }

    private void run(Case each, Fleet fleet) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        long lengthNs = (deadlineNs - startNs) / sharesLeft * each.shares();
        sharesLeft -= each.shares();
        CaseResult result = new CaseResult(each.name(), each.blockBytes(), each.blocks(), each.primary());
        List<Contestant> contestants = fleet.contestants().stream()
                .filter(contestant -> each.appliesTo(contestant.contender()))
                .toList();
        each.run(contestants, options.pace(), new Recorder() {
            @Override
            public void onRound(Contestant contestant, Figures figures) {
                result.add(contestant.contender(), figures);
            }

            @Override
            public void onFailure(Contestant contestant, ContestantException failure) {
                result.fail(contestant.contender(), failure.reason());
                if (contestant.isLost()) {
                    say(failure.reason() + "\n" + failure.logs());
                    fleet.drop(contestant);
                }
            }

            @Override
            public boolean hasTimeForRound(int done, long lastedMs) {
                return hasTime(lastedMs) && (done < ROUNDS_AT_LEAST || System.nanoTime() - startNs < lengthNs);
            }
        });
        files.deleteServed();
        if (result.contenders().isEmpty() && result.failures().isEmpty()) {
            say(each.name() + " is left out: " + (contestants.isEmpty() ? "no contender takes part" : NO_TIME) + "\n");
            return;
        }
        say(report.add(result) + "  took " + seconds(startNs) + "\n");
    }

    private void skip(Case each, String why) {
        sharesLeft -= each.shares();
        say(each.name() + " is left out: " + why + "\n");
    }

    private boolean hasTime(long ms) {
        return deadlineNs - System.nanoTime() > ms * 1_000_000;
    }

    /** Whatever happens: the JVM ends, and with it every process that it has started. */
    private Thread watchdog() {
        long limitMs = options.limit().plus(GRACE).toMillis();
        Thread watchdog = new Thread(
                () -> {
                    try {
                        Thread.sleep(limitMs);
                    } catch (InterruptedException e) {
                        return;
                    }
                    System.err.println("dev/bench: not done after " + limitMs / 1000 + " s, giving up");
                    System.exit(2);
                },
                "watchdog");
        watchdog.setDaemon(true);
        return watchdog;
    }

    private static String seconds(long startNs) {
        return (System.nanoTime() - startNs) / 1_000_000_000 + " s";
    }

    private static void say(String text) {
        System.out.println(text);
    }
}

package io.sparkefa.simulation;

import io.sparkefa.transfer.FetchException;
import io.sparkefa.transport.faulty.Fault;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What one or more runs amounted to. */
final class Totals {

    long runs;
    long shuffles;
    long fetches;
    /** Of the fetches, those that go to Spark's own client where they fail. */
    long requests;

    long events;
    double simulatedSeconds;
    long arrivedBytes;
    /** Blocks that nobody could know to be wrong, since messages were changed that nothing protected. */
    long unprotectedBlocks;

    final Map<SimulatedFetch.Outcome, Long> outcomes = new EnumMap<>(SimulatedFetch.Outcome.class);
    final Map<FetchException.Reason, Long> failures = new EnumMap<>(FetchException.Reason.class);
    final Map<Fault, Long> faults = new EnumMap<>(Fault.class);

    void add(Totals other) {
        runs += other.runs;
        shuffles += other.shuffles;
        fetches += other.fetches;
        requests += other.requests;
        events += other.events;
        simulatedSeconds += other.simulatedSeconds;
        arrivedBytes += other.arrivedBytes;
        unprotectedBlocks += other.unprotectedBlocks;
        other.outcomes.forEach((outcome, count) -> outcomes.merge(outcome, count, Long::sum));
        other.failures.forEach((reason, count) -> failures.merge(reason, count, Long::sum));
        other.faults.forEach((fault, count) -> faults.merge(fault, count, Long::sum));
    }

    long injected() {
        return faults.values().stream().mapToLong(Long::longValue).sum();
    }

    long blocks() {
        return outcomes.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d runs of %d shuffles in %.0f simulated seconds, %d events, %d fetches (%d as Spark's) of %d blocks: %s, %.1f GB; failed for %s;"
                        + " %d blocks changed by messages that were not sealed; %d faults: %s",
                runs,
                shuffles,
                simulatedSeconds,
                events,
                fetches,
                requests,
                blocks(),
                list(outcomes),
                arrivedBytes / 1e9,
                list(failures),
                unprotectedBlocks,
                injected(),
                list(faults));
    }

    private static String list(Map<? extends Enum<?>, Long> counts) {
        return counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}

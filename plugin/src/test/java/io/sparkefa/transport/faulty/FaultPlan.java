package io.sparkefa.transport.faulty;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * How often each fault strikes. Immutable.
 *
 * @param odds for each message, read, connection or slab, from 0 to 1; what is not named never happens
 * @param maxDelayNs the longest that something is held up by a fault that delays
 * @param stallNs after which the transport notices that nothing comes
 * @param sealed whether messages that were changed or repeated are noticed, as by a transport that authenticates them
 */
public record FaultPlan(Map<Fault, Double> odds, long maxDelayNs, long stallNs, boolean sealed) {

    /** Nothing goes wrong. */
    public static final FaultPlan NONE = new FaultPlan(Map.of(), 1, 1, true);

    public FaultPlan {
        odds = odds.isEmpty() ? Map.of() : new EnumMap<>(odds);
    }

    /** A plan in which some faults are frequent, some are rare, and most never happen. */
    public static FaultPlan random(RandomGenerator random) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        double share = random.nextDouble() * random.nextDouble();
        for (Fault fault : Fault.values()) {
            if (random.nextDouble() < share) {
                odds.put(fault, Math.pow(10, -random.nextDouble(1, 4)));
            }
        }
        long maxDelayNs = TimeUnit.MILLISECONDS.toNanos(1L << random.nextInt(13));
        long stallNs = TimeUnit.MILLISECONDS.toNanos(random.nextLong(500, 12_000));
        return new FaultPlan(odds, maxDelayNs, stallNs, random.nextInt(4) > 0);
    }

    public double odds(Fault fault) {
        return odds.getOrDefault(fault, 0.0);
    }

    /** The same plan with other odds for one fault. */
    public FaultPlan with(Fault fault, double changedOdds) {
        Map<Fault, Double> changed = new EnumMap<>(Fault.class);
        changed.putAll(odds);
        changed.put(fault, changedOdds);
        return new FaultPlan(changed, maxDelayNs, stallNs, sealed);
    }

    /** Whether what comes out of a read may be wrong, and a checksum is what notices it. */
    public boolean changesReads() {
        return odds.keySet().stream().anyMatch(fault -> fault.changesReads() && odds(fault) > 0);
    }

    /** Whether messages may say something else than was sent, and nobody notices. */
    public boolean changesMessages() {
        return !sealed && odds.keySet().stream().anyMatch(fault -> fault.changesMessages() && odds(fault) > 0);
    }

    @Override
    public String toString() {
        String faults = odds.entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.4f", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
        return "plan of %s; delays to %d ms, stalls of %d ms, messages %ssealed"
                .formatted(
                        faults.isEmpty() ? "no faults" : faults,
                        TimeUnit.NANOSECONDS.toMillis(maxDelayNs),
                        TimeUnit.NANOSECONDS.toMillis(stallNs),
                        sealed ? "" : "not ");
    }
}

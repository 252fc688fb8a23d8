package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.fleet.ContestantException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Rounds in which each contestant has a turn, in an order that moves on with each round: whatever else the machine does meanwhile hits
 * all of them alike.
 */
final class Rotation {

    interface Turn {
        void take(Contestant contestant) throws InterruptedException;
    }

    private Rotation() {}

    static void run(Case subject, List<Contestant> contestants, Pace pace, Recorder results)
            throws InterruptedException {
        List<Contestant> active = new ArrayList<>(contestants);
        try {
            turn(active, results, contestant -> subject.prepare(contestant, pace));
            long longestRoundMs = 0;
            for (int round = 0;
                    round < subject.rounds(pace) && results.hasTimeForRound(round, longestRoundMs);
                    round++) {
                long startNs = System.nanoTime();
                List<Contestant> order = new ArrayList<>(active);
                Collections.rotate(order, -round);
                if (round % 2 == 1) {
                    // Who comes after whom changes as well.
                    Collections.reverse(order);
                }
                turn(order, results, contestant -> {
                    results.onRound(contestant, subject.measure(contestant, pace));
                });
                active.retainAll(order);
                longestRoundMs = Math.max(longestRoundMs, (System.nanoTime() - startNs) / 1_000_000);
            }
        } finally {
            // Those that have failed as well: what they leave takes room.
            List<Contestant> alive = new ArrayList<>(contestants);
            alive.removeIf(Contestant::isLost);
            turn(alive, results, subject::finish);
        }
    }

    /** Those that fail are reported and removed. */
    static void turn(List<Contestant> contestants, Recorder results, Turn turn) throws InterruptedException {
        for (Contestant contestant : List.copyOf(contestants)) {
            try {
                turn.take(contestant);
            } catch (ContestantException e) {
                contestants.remove(contestant);
                results.onFailure(contestant, e);
            }
        }
    }
}

package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Cluster;
import io.sparkefa.it.bench.fleet.Contender;
import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import java.util.List;

/**
 * One thing that is measured. By default each contender is prepared, then all of them take turns, round after round, and at last they
 * clean up; a case that wants it otherwise overrides {@link #run}.
 *
 * <p>Methods throw {@link io.sparkefa.it.bench.fleet.ContestantException} when a contender fails; it then takes no further part in the
 * case.
 */
public interface Case {

    /** Unique; words with dashes and slashes, which {@code --only} selects by. */
    String name();

    /** The length of the blocks that are moved; 0 when there are none, or of many lengths. */
    default long blockBytes() {
        return 0;
    }

    /** How many different blocks there are. */
    default long blocks() {
        return 0;
    }

    /** What the case is about: contenders are compared by it first. */
    Metric primary();

    /** The applications that it runs in. */
    default Cluster cluster() {
        return Cluster.PAIR;
    }

    default boolean appliesTo(Contender contender) {
        return true;
    }

    /** Whether {@code --quick} has room for it. */
    default boolean isQuick() {
        return true;
    }

    /** How many shares of the time it gets: one that takes long to prepare needs more than one to come to three rounds. */
    default int shares() {
        return 1;
    }

    default int rounds(Pace pace) {
        return pace.rounds();
    }

    /**
     * Why the case cannot be run on this machine now, or nothing. Asked once, before its applications start, so that what they need
     * can be made here.
     */
    default String obstacle() {
        return "";
    }

    default void prepare(Contestant contestant, Pace pace) throws InterruptedException {}

    default Figures measure(Contestant contestant, Pace pace) throws InterruptedException {
        throw new UnsupportedOperationException(name() + " has no rounds");
    }

    default void finish(Contestant contestant) throws InterruptedException {}

    /** Measures all contestants; results and failures go to {@code results}. */
    default void run(List<Contestant> contestants, Pace pace, Recorder results) throws InterruptedException {
        Rotation.run(this, contestants, pace, results);
    }
}

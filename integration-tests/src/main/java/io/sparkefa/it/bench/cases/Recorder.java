package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.fleet.ContestantException;
import io.sparkefa.it.bench.measure.Figures;

/** Is told what a case has found. */
public interface Recorder {

    void onRound(Contestant contestant, Figures figures);

    void onFailure(Contestant contestant, ContestantException failure);

    /**
     * Whether there is time for another round.
     *
     * @param done rounds so far: the first ones are taken as long as the run has time, further ones as long as the case has
     * @param lastedMs how long the longest of them has lasted
     */
    boolean hasTimeForRound(int done, long lastedMs);
}

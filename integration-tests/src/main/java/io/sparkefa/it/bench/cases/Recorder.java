package io.sparkefa.it.bench.cases;

import io.sparkefa.it.bench.fleet.Contestant;
import io.sparkefa.it.bench.fleet.ContestantException;
import io.sparkefa.it.bench.measure.Figures;

/** Is told what a case has found. */
public interface Recorder {

    void onRound(Contestant contestant, int round, Figures figures);

    void onFailure(Contestant contestant, ContestantException failure);

    /** Whether there is time for this much more. */
    boolean hasTime(long ms);
}

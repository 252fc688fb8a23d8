package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/** Deletes the map outputs of a job. */
public record RemoveJob(JobData data) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) {
        ReduceJob.remove(data);
        return Figures.NONE;
    }
}

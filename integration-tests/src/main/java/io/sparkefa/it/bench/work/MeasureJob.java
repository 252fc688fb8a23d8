package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/** Runs the reduce stage of a job that was {@linkplain PrepareJob prepared}, for about this long. */
public record MeasureJob(JobData data, long durationMs) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) throws Exception {
        return new StageFigures(context).measure(ReduceJob.created(data)::drain, durationMs);
    }
}

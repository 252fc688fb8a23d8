package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/** Writes the map outputs of a job and reads them for a while, so that what is measured is compiled. */
public record PrepareJob(JobData data, long warmUpMs) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) throws Exception {
        ReduceJob job = ReduceJob.create(data, context);
        job.drain();
        return new StageFigures(context).measure(job::drain, warmUpMs);
    }
}

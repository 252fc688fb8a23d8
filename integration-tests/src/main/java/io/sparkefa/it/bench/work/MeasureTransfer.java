package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/**
 * Fetches blocks of a data set that was {@linkplain PrepareTransfer prepared}.
 *
 * @param durationMs for how long new requests begin; 0 for each block once
 */
public record MeasureTransfer(DataSet data, StreamShape shape, long durationMs) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) {
        Streams streams = new Streams(context.servers(shape.servers()), data, shape);
        long limitMs = durationMs;
        return context.runOn(context.reader(), () -> limitMs > 0 ? streams.during(limitMs) : streams.once());
    }
}

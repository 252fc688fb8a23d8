package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/**
 * Puts the files of a data set into each serving executor, fetches each block once and compares each byte, then fetches on for a while, so
 * that what is measured is compiled.
 */
public record PrepareTransfer(DataSet data, StreamShape shape, long warmUpMs) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) {
        DataSet files = data;
        Streams streams = new Streams(context.servers(shape.servers()), data, shape);
        long durationMs = warmUpMs;
        for (Executor server : streams.servers()) {
            context.runOn(server, () -> {
                ServedFiles.create(files);
                return true;
            });
        }
        return context.runOn(context.reader(), () -> {
            streams.verify();
            return durationMs > 0 ? streams.during(durationMs) : Figures.NONE;
        });
    }
}

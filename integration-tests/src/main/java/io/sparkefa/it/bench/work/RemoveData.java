package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/** Deletes the files of a data set in the serving executor. */
public record RemoveData(DataSet data) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) {
        DataSet files = data;
        return context.runOn(context.server(), () -> {
            ServedFiles.remove(files);
            return Figures.NONE;
        });
    }
}

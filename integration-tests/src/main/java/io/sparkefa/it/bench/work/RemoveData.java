package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;

/** Deletes the files of a data set in the executors that serve. */
public record RemoveData(DataSet data) implements Work<Figures> {

    @Override
    public Figures run(WorkContext context) {
        DataSet files = data;
        for (Executor server : context.servers(context.executors().size() - 1)) {
            context.runOn(server, () -> {
                ServedFiles.remove(files);
                return true;
            });
        }
        return Figures.NONE;
    }
}

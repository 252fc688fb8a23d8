package io.sparkefa.it.bench.work;

/** In which order the blocks of a {@link DataSet} are asked for. */
public enum BlockOrder {
    /** One reduce partition after another, as tasks that read one each: each block lies in another file than the last one. */
    BY_REDUCER,

    /** One map output after another, as a task that reads many reduce partitions: neighbours in the file follow each other. */
    BY_MAP
}

package io.sparkefa.it.bench.work;

import java.io.Serializable;

/** A piece of {@link Work} that runs in one executor, as a task of Spark's. */
public interface ExecutorTask<T> extends Serializable {

    T run() throws Exception;
}

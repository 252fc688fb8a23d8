package io.sparkefa.it.bench.work;

import java.io.Serializable;

/**
 * Something that an application's driver is to do. Usually a record, whose fields are the work's parameters.
 *
 * @param <T> what it answers; serializable
 */
public interface Work<T> extends Serializable {

    /** Runs in the driver, whose main thread does nothing else meanwhile. */
    T run(WorkContext context) throws Exception;
}

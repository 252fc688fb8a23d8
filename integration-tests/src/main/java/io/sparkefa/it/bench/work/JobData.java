package io.sparkefa.it.bench.work;

import java.io.Serializable;

/**
 * What the stages of a job that only reads have to read. Each of two executors writes so many map outputs, and reads those of the other
 * one; so all blocks come from elsewhere, as nearly all do in a large cluster.
 *
 * @param name unlike that of all other jobs
 * @param kind what is done with the blocks
 * @param maps outputs that each executor writes
 * @param reducers tasks in which each executor reads
 * @param blockBytes of each map output for each reducer, about; the serializer adds some bytes
 * @param recordBytes a block is of records of this length
 */
public record JobData(String name, JobKind kind, int maps, int reducers, int blockBytes, int recordBytes)
        implements Serializable {

    /** What both executors read together. */
    public long blocks() {
        return 2L * maps * reducers;
    }

    long bytes() {
        return blocks() * blockBytes;
    }
}

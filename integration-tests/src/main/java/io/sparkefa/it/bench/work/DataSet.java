package io.sparkefa.it.bench.work;

import java.io.Serializable;

/**
 * Map outputs of one shuffle, all of whose blocks are equally long. All applications serve the same bytes: their files are links to the
 * files in one folder.
 *
 * @param folder in which the files are made
 * @param shuffleId unlike those that Spark gives, which count up from 0
 * @param blockBytes a multiple of eight
 */
public record DataSet(String folder, int shuffleId, int maps, int reducers, long blockBytes) implements Serializable {

    public long blocks() {
        return (long) maps * reducers;
    }

    public long bytes() {
        return blocks() * blockBytes;
    }

    String blockId(long mapId, int reducer) {
        return "shuffle_" + shuffleId + "_" + mapId + "_" + reducer;
    }
}

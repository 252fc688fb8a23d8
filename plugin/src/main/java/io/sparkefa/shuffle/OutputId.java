package io.sparkefa.shuffle;

/** Names the output of one map task. */
record OutputId(int shuffleId, long mapId) {}

package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transfer.protocol.BlockKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShuffleBlockNamesTest {

    @Test
    void readsOnePartition() {
        assertThat(ShuffleBlockNames.parse("shuffle_3_9223372036854775807_0"))
                .contains(new BlockKey(3, Long.MAX_VALUE, 0, 1));
    }

    @Test
    void readsSeveralPartitions() {
        assertThat(ShuffleBlockNames.parse("shuffle_0_12_5_9")).contains(new BlockKey(0, 12, 5, 9));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "shuffle_",
                "shuffle_1",
                "shuffle_1_2",
                "shuffle_1_2_",
                "shuffle_1__3",
                "shuffle_1_2_3_",
                "shuffle_1_2_3_3",
                "shuffle_1_2_3_4_5",
                "shuffle_1_2_3.data",
                "shuffle_1_2_-3",
                "shuffle_1_-2_3",
                "shuffle_-1_2_3",
                "shuffle_1_2_2147483647",
                "shuffle_2147483648_2_3",
                "shuffleChunk_1_2_3_4",
                "shufflePush_1_2_3_4",
                "rdd_1_2"
            })
    void leavesEverythingElseToSpark(String name) {
        assertThat(ShuffleBlockNames.parse(name)).isEmpty();
    }
}

package io.sparkefa.it.bench.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestPlanTest {

    private static DataSet data(int maps, int reducers, long blockBytes) {
        return new DataSet("files", 7, maps, reducers, blockBytes);
    }

    private static List<String> blockIds(RequestPlan plan) {
        List<String> all = new ArrayList<>();
        for (int index = 0; index < plan.size(); index++) {
            all.addAll(List.of(plan.request(index)));
        }
        return all;
    }

    @Test
    void asksForEachBlockOnceInEitherOrder() {
        DataSet data = data(13, 7, 4096);
        for (BlockOrder order : BlockOrder.values()) {
            List<String> all =
                    blockIds(new RequestPlan(data, StreamShape.ofSpark(order).withRequestsUpTo(Long.MAX_VALUE, 10)));
            assertThat(all).hasSize(91);
            assertThat(new HashSet<>(all)).hasSize(91);
        }
    }

    @Test
    void ordersAsTasksDo() {
        DataSet data = data(3, 2, 8);
        assertThat(blockIds(new RequestPlan(data, StreamShape.ofSpark(BlockOrder.BY_REDUCER))))
                .startsWith("shuffle_7_0_0", "shuffle_7_1_0", "shuffle_7_2_0", "shuffle_7_0_1");
        assertThat(blockIds(new RequestPlan(data, StreamShape.ofSpark(BlockOrder.BY_MAP))))
                .startsWith("shuffle_7_0_0", "shuffle_7_0_1", "shuffle_7_1_0");
    }

    @Test
    void goesRoundAndRound() {
        RequestPlan plan = new RequestPlan(
                data(4, 1, 8), StreamShape.ofSpark(BlockOrder.BY_MAP).withRequestsUpTo(Long.MAX_VALUE, 3));
        assertThat(plan.size()).isEqualTo(2);
        assertThat(plan.request(1)).containsExactly("shuffle_7_3_0");
        assertThat(plan.request(2)).isSameAs(plan.request(0));
    }

    /** The iterator closes a request when it has reached a fifth of 48 MiB. */
    @Test
    void requestsAreAsLongAsSparkMakesThem() {
        StreamShape shape = StreamShape.ofSpark(BlockOrder.BY_REDUCER);
        assertThat(shape.blocksPerRequest(data(2_000, 8, 4096))).isEqualTo(2_458);
        assertThat(shape.blocksPerRequest(data(1_000, 4, 48 << 10))).isEqualTo(205);
        assertThat(shape.blocksPerRequest(data(128, 2, 1 << 20))).isEqualTo(10);
        assertThat(shape.blocksPerRequest(data(4, 1, 64 << 20))).isEqualTo(1);
        assertThat(shape.blocksPerRequest(data(10, 1, 256))).isEqualTo(10);
    }

    @Test
    void asManyAreUnderWayAsFitIntoWhatSparkHasInFlight() {
        StreamShape shape = StreamShape.ofSpark(BlockOrder.BY_REDUCER);
        assertThat(shape.requestsUnderWay(data(128, 2, 1 << 20))).isEqualTo(5);
        assertThat(shape.requestsUnderWay(data(2_000, 8, 4096))).isEqualTo(5);
        assertThat(shape.requestsUnderWay(data(10, 1, 256))).isEqualTo(5);
        assertThat(shape.requestsUnderWay(data(10, 1, 24 << 20))).isEqualTo(2);
        assertThat(shape.requestsUnderWay(data(4, 1, 64 << 20))).isEqualTo(1);
        assertThat(shape.requestsUnderWay(data(1, 1, 4L << 30))).isEqualTo(1);
        StreamShape fromFour = shape.withServers(4);
        assertThat(fromFour.requestsUnderWay(data(128, 1, 1 << 20))).isEqualTo(4);
        assertThat(fromFour.requestsUnderWay(data(1, 1, 12 << 20))).isEqualTo(1);
    }
}

package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.Test;
import scala.Option;

class ExecutorLocatorTest {

    private final List<BlockManagerId> live = new ArrayList<>();
    private long nowNs = -1;
    private int asked;

    private final ExecutorLocator locator = new ExecutorLocator(
            () -> {
                asked++;
                return List.copyOf(live);
            },
            () -> nowNs);

    @Test
    void findsLiveExecutors() {
        live.add(BlockManagerId.apply("1", "host", 4001, Option.empty()));
        assertThat(locator.locate("1")).contains(new PeerAddress("1", "host", 4001));
        assertThat(locator.locate("2")).isEmpty();
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void asksTheDriverNowAndThenOnly() {
        assertThat(locator.locate("1")).isEmpty();
        live.add(BlockManagerId.apply("1", "host", 4001, Option.empty()));
        nowNs += TimeUnit.MILLISECONDS.toNanos(4999);
        assertThat(locator.locate("1")).isEmpty();

        nowNs += TimeUnit.MILLISECONDS.toNanos(1);
        assertThat(locator.locate("1")).isPresent();
        assertThat(asked).isEqualTo(2);
    }
}

package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class FlowControllerTest {

    private static final long TICK_NS = 50_000_000;
    private static final long SECOND_NS = 1_000_000_000;
    private static final double GIGABIT = 0.125;

    private long nowNs = -5 * SECOND_NS;
    private long totalBytes;

    @Test
    void startsWithTheInitialFlows() {
        assertThat(new FlowController(2, 16).target()).isEqualTo(2);
    }

    @Test
    void doublesAsLongAsThatHelps() {
        FlowController controller = new FlowController(2, 64);
        // 100 Gbit/s, 5 of it per flow: 20 flows fill it, 16 come close, 32 are worth their while.
        load(controller, 3 * SECOND_NS, flows -> Math.min(flows * 5, 100) * GIGABIT);
        assertThat(controller.target()).isEqualTo(32);
    }

    @Test
    void growsQuickly() {
        FlowController controller = new FlowController(1, 16);
        load(controller, SECOND_NS, flows -> flows * 5 * GIGABIT);
        assertThat(controller.target()).isEqualTo(16);
    }

    @Test
    void neverExceedsTheMaximum() {
        FlowController controller = new FlowController(3, 7);
        load(controller, 5 * SECOND_NS, flows -> flows * 5 * GIGABIT);
        assertThat(controller.target()).isEqualTo(7);
    }

    @Test
    void stepsBackWhenMoreFlowsDoNotHelp() {
        FlowController controller = new FlowController(2, 16);
        load(controller, 3 * SECOND_NS, flows -> 10 * GIGABIT);
        assertThat(controller.target()).isEqualTo(2);
    }

    @Test
    void aGainOfLessThanATenthIsNotEnough() {
        FlowController controller = new FlowController(2, 4);
        load(controller, 3 * SECOND_NS, flows -> flows == 2 ? 10 * GIGABIT : 10.8 * GIGABIT);
        assertThat(controller.target()).isEqualTo(2);
    }

    @Test
    void triesAgainLaterAndLater() {
        FlowController controller = new FlowController(2, 4);
        int attempts = 0;
        int before = controller.target();
        for (int i = 0; i < 100 * 20; i++) {
            load(controller, TICK_NS, flows -> 10 * GIGABIT);
            attempts += controller.target() > before ? 1 : 0;
            before = controller.target();
        }
        // At once, and after 5, 10, 20 and 40 seconds more.
        assertThat(attempts).isEqualTo(5);
        load(controller, 80 * SECOND_NS, flows -> flows * 5 * GIGABIT);
        assertThat(controller.target()).isEqualTo(4);
    }

    @Test
    void doesNotGrowWhenReadsDoNotWait() {
        FlowController controller = new FlowController(2, 16);
        for (int i = 0; i < 1000; i++) {
            nowNs += TICK_NS;
            totalBytes += 100_000_000;
            controller.onTick(nowNs, totalBytes, 2);
        }
        assertThat(controller.target()).isEqualTo(2);
    }

    @Test
    void waitingInShortBurstsCountsAllTheSame() {
        FlowController controller = new FlowController(2, 4);
        for (int i = 0; i < 100; i++) {
            // 10 ms in which reads wait, at full speed, in every 50 ms.
            controller.onWaiting(true, nowNs, totalBytes);
            nowNs += TICK_NS / 5;
            totalBytes += (long) (TICK_NS / 5 * controller.target() * 5 * GIGABIT);
            controller.onWaiting(false, nowNs, totalBytes);
            nowNs += TICK_NS - TICK_NS / 5;
            controller.onTick(nowNs, totalBytes, controller.target());
        }
        assertThat(controller.target()).isEqualTo(4);
    }

    @Test
    void measuresOnlyWithAllItsFlows() {
        FlowController controller = new FlowController(2, 16);
        controller.onWaiting(true, nowNs, totalBytes);
        for (int i = 0; i < 100; i++) {
            nowNs += TICK_NS;
            totalBytes += 100_000_000;
            controller.onTick(nowNs, totalBytes, 1);
        }
        assertThat(controller.target()).isEqualTo(2);
    }

    @Test
    void makesDoWithWhatCanBeHad() {
        FlowController controller = new FlowController(8, 16);
        controller.onFlowRefused(nowNs, 3);
        assertThat(controller.target()).isEqualTo(3);
        controller.onFlowRefused(nowNs, 0);
        assertThat(controller.target()).isEqualTo(1);
        load(controller, 4 * SECOND_NS, flows -> flows * 5 * GIGABIT);
        assertThat(controller.target()).isEqualTo(1);
        load(controller, 20 * SECOND_NS, flows -> flows * 5 * GIGABIT);
        assertThat(controller.target()).isEqualTo(16);
    }

    /** Reads always wait, and the flows that the controller wants move what {@code bytesPerNs} says. */
    private void load(FlowController controller, long durationNs, IntToDoubleFunction bytesPerNs) {
        controller.onWaiting(true, nowNs, totalBytes);
        for (long endNs = nowNs + durationNs; nowNs < endNs; ) {
            int flows = controller.target();
            nowNs += TICK_NS;
            totalBytes += (long) (bytesPerNs.applyAsDouble(flows) * TICK_NS);
            controller.onTick(nowNs, totalBytes, flows);
        }
        controller.onWaiting(false, nowNs, totalBytes);
    }
}

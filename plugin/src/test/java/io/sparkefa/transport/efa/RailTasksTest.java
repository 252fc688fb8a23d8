package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RailTasksTest {

    private static final int THREADS = 3;
    private static final int TASKS = 2000;

    @RepeatedTest(20)
    void whatIsAcceptedWhileItIsBeingClosedIsRunAndNothingElse() throws InterruptedException {
        RailTasks tasks = new RailTasks();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                for (int task = 0; task < TASKS; task++) {
                    try {
                        tasks.add(ran::incrementAndGet);
                    } catch (RejectedExecutionException e) {
                        refused.incrementAndGet();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        Await.until("some tasks to have run", () -> tasks.run(100) > 0 || ran.get() > 0);
        tasks.close();
        tasks.run(Integer.MAX_VALUE);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(tasks.isEmpty()).isTrue();
        assertThat(ran.get() + refused.get()).isEqualTo(THREADS * TASKS);
    }
}

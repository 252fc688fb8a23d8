package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TransportThreadsTest {

    private final ConcurrentLinkedQueue<Throwable> uncaught = new ConcurrentLinkedQueue<>();

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task, "transport-threads-test");
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((failed, thrown) -> uncaught.add(thrown));
        return thread;
    }

    @Test
    void whatATaskThrowsStaysHere() throws Exception {
        TransportThreads threads = new TransportThreads("test", 1, this::thread);
        threads.execute(() -> {
            throw new AssertionError("thrown on purpose");
        });
        CompletableFuture<Thread> next = new CompletableFuture<>();
        threads.execute(() -> next.complete(Thread.currentThread()));
        assertThat(next.get(10, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
        assertThat(threads.close()).isTrue();
        assertThat(uncaught).isEmpty();
    }

    @Test
    void theCallingThreadDoesItWhileThereAreNoThreads() {
        TransportThreads threads = new TransportThreads("test", 2, task -> {
            throw new OutOfMemoryError("unable to create native thread, on purpose");
        });
        List<Thread> ran = new ArrayList<>();
        threads.execute(() -> ran.add(Thread.currentThread()));
        threads.execute(() -> ran.add(Thread.currentThread()));
        assertThat(ran).containsExactly(Thread.currentThread(), Thread.currentThread());
        assertThat(threads.close()).isTrue();
    }

    @Test
    void theCallingThreadDoesItOnceTheyAreClosed() {
        TransportThreads threads = new TransportThreads("test", 2, this::thread);
        assertThat(threads.close()).isTrue();
        List<Thread> ran = new ArrayList<>();
        threads.execute(() -> ran.add(Thread.currentThread()));
        threads.execute(() -> {
            throw new IllegalStateException("thrown on purpose");
        });
        assertThat(ran).containsExactly(Thread.currentThread());
    }
}

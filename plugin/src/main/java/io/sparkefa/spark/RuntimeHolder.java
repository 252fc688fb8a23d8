package io.sparkefa.spark;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An executor's {@link ShuffleRuntime}, started with its first task of a shuffle. Thread-safe.
 *
 * <p>When it cannot be started, that is said once, and Spark's own client does all the work from then on; unless that is not
 * what the user wants.
 */
public final class RuntimeHolder {

    private static final Logger LOG = LoggerFactory.getLogger(RuntimeHolder.class);

    /** Starts a runtime, or leaves nothing behind. */
    public interface Starter {
        ShuffleRuntime start() throws IOException;
    }

    private final Starter starter;

    private volatile @Nullable ShuffleRuntime runtime;
    private volatile @Nullable EfaUnavailableException refusal;
    private volatile boolean decided;

    public RuntimeHolder(Starter starter) {
        this.starter = starter;
    }

    /**
     * The runtime, started by this call if need be; nothing when it cannot be started or was stopped.
     *
     * @throws EfaUnavailableException as {@link #start}
     */
    public Optional<ShuffleRuntime> get() {
        start();
        return Optional.ofNullable(runtime);
    }

    /** The runtime if it is running. */
    public Optional<ShuffleRuntime> ifStarted() {
        return Optional.ofNullable(runtime);
    }

    /**
     * Starts the runtime unless that was done or tried before; a failure is logged and final.
     *
     * @throws EfaUnavailableException every time, when EFA is required and cannot be had
     */
    public void start() {
        if (!decided) {
            startOnce();
        }
        EfaUnavailableException refused = refusal;
        if (refused != null) {
            throw refused;
        }
    }

    private synchronized void startOnce() {
        if (decided) {
            return;
        }
        try {
            runtime = starter.start();
        } catch (EfaUnavailableException e) {
            refusal = e;
        } catch (IOException | RuntimeException e) {
            LOG.warn("All shuffle blocks go through Spark's own client: {}", e.toString());
            LOG.debug("The plugin's transports could not be started", e);
        } finally {
            decided = true;
        }
    }

    /** Stops the runtime if it is running, and never starts it again. Harmless when repeated. */
    public synchronized void stop() {
        decided = true;
        ShuffleRuntime running = runtime;
        runtime = null;
        if (running != null) {
            running.close();
        }
    }
}

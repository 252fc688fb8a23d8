package io.sparkefa.fuzz;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * What the plugin logs as an error while an input is handled. Exceptions that only a bug explains are caught where they would
 * do harm, and logged so; an input must not bring one about.
 */
public final class LoggedErrors {

    private LoggedErrors() {}

    /** Something that may throw what it likes. */
    public interface Step {
        void run() throws Exception;
    }

    /** Runs the step, and fails when it, or another thread meanwhile, logs an error. */
    public static void failOn(Step step) throws Exception {
        Logger root = (Logger) LogManager.getRootLogger();
        Watch watch = new Watch();
        watch.start();
        root.addAppender(watch);
        try {
            step.run();
        } finally {
            root.removeAppender(watch);
            watch.stop();
        }
        LogEvent logged = watch.first.get();
        if (logged != null) {
            throw new AssertionError(
                    "logged as an error: " + logged.getMessage().getFormattedMessage(), logged.getThrown());
        }
    }

    private static final class Watch extends AbstractAppender {

        private final AtomicReference<LogEvent> first = new AtomicReference<>();

        Watch() {
            super("errors of the plugin", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            boolean ours = event.getLoggerName().startsWith("io.sparkefa.");
            if (ours && event.getLevel().isMoreSpecificThan(Level.ERROR)) {
                first.compareAndSet(null, event.toImmutable());
            }
        }
    }
}

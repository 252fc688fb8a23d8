package io.sparkefa.it.harness;

import java.nio.file.Files;
import java.nio.file.Path;

/** What the build hands to the tests, by system property. */
final class BuildFiles {

    private BuildFiles() {}

    /** The plugin's shaded jar. */
    static Path pluginJar() {
        return existing("sparkefa.jar", "the plugin's jar");
    }

    /** The jar of the jobs: this module's own. */
    static Path jobsJar() {
        return existing("sparkefa.jobsJar", "the jar of the integration tests' jobs");
    }

    /** Where applications get their folders. */
    static Path outputFolder() {
        return Path.of(System.getProperty("sparkefa.it.output", "target/applications"))
                .toAbsolutePath();
    }

    private static Path existing(String property, String what) {
        String value = System.getProperty(property, "");
        Path file = Path.of(value).toAbsolutePath();
        if (value.isBlank() || !Files.exists(file)) {
            throw new IllegalStateException(
                    "set the system property " + property + " to " + what + "; it is '" + value + "'");
        }
        return file;
    }
}

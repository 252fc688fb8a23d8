package io.sparkefa.it.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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

    /** The library that, preloaded, emulates EFA devices; there where its C could be compiled. */
    static Optional<Path> efaEmulator() {
        return Optional.of(System.getProperty("sparkefa.efaEmulator", ""))
                .filter(path -> !path.isBlank())
                .map(path -> Path.of(path).toAbsolutePath())
                .filter(Files::exists);
    }

    /** The jar with what controls the emulated devices. */
    static Path efaEmulatorControls() {
        return existing("sparkefa.efaEmulatorControls", "the test jar of the module native");
    }

    /** The C source of a library that, preloaded, caps TCP flows. */
    static Path flowCapSource() {
        return existing("sparkefa.flowCapSource", "integration-tests/src/test/c/flowcap.c");
    }

    /** The C source of a library that, preloaded, does harm to TCP flows. */
    static Path flowFaultSource() {
        return existing("sparkefa.flowFaultSource", "integration-tests/src/test/c/flowfault.c");
    }

    /** The jar with the plugin's tests and test programs. */
    static Path pluginTestsJar() {
        return existing("sparkefa.pluginTests", "the test jar of the module plugin");
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

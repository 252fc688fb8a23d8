package io.sparkefa.it.harness;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A program among the plugin's tests, run in a process of its own, on the newest Spark line's libraries. */
public final class PluginProgram {

    private final String main;
    private final List<String> arguments;
    private final Map<String, String> environment = new LinkedHashMap<>();

    /** @param main name of its main class */
    public PluginProgram(String main, String... arguments) {
        this.main = main;
        this.arguments = List.of(arguments);
    }

    /** Gives the process emulated EFA devices. */
    public PluginProgram over(EmulatedEfa devices) {
        environment.putAll(devices.environment());
        return this;
    }

    /**
     * Runs it to its end; nothing that it has started is left behind.
     *
     * @param name of the file with its output
     * @return what it printed
     * @throws ApplicationFailedException when it fails, or takes longer
     */
    public List<String> run(String name, Duration limit) throws IOException, InterruptedException {
        SparkLine line = SparkLine.SPARK_4_2;
        List<String> command = new ArrayList<>(List.of(
                line.javaHome().resolve("bin/java").toString(),
                "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(
                        File.pathSeparator,
                        BuildFiles.pluginJar().toString(),
                        BuildFiles.pluginTestsJar().toString(),
                        line.jars() + File.separator + "*"),
                main));
        command.addAll(arguments);
        Path folder = Files.createDirectories(BuildFiles.outputFolder());
        Path output = folder.resolve(name + ".out");
        try (ChildProcess process = ChildProcess.start(command, environment, folder, output)) {
            boolean ended = process.awaitExit(limit);
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            if (!ended || process.exitValue() != 0) {
                String how = ended
                        ? "ended with status " + process.exitValue()
                        : "took more than " + limit.toSeconds() + " s";
                throw new ApplicationFailedException(main + " " + how, printed);
            }
            return printed.lines().toList();
        }
    }
}

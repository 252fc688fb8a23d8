package io.sparkefa.it.harness;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of Spark's own test suites, run by ScalaTest in a process of its own with the class path and options of this JVM.
 *
 * @param failures the names of the tests that failed
 */
public record ScalaTestRun(int succeeded, int failed, int ignored, List<String> failures, Path log) {
    private static final Pattern TOTALS =
            Pattern.compile("Tests: succeeded (\\d+), failed (\\d+), canceled (\\d+), ignored (\\d+), pending (\\d+)");
    private static final Pattern FAILURE = Pattern.compile("- (.*) \\*\\*\\* FAILED \\*\\*\\*.*");

    public static ScalaTestRun of(SparkLine line, Class<?> suite, Duration limit)
            throws IOException, InterruptedException {
        ApplicationFolder folder =
                ApplicationFolder.create(BuildFiles.outputFolder().resolve(suite.getSimpleName()), line);
        Path log = folder.driverLog();
        try (ChildProcess process =
                ChildProcess.start(command(folder, line, suite), environment(folder, line), folder.path(), log)) {
            if (!process.awaitExit(limit)) {
                process.dumpThreads();
                process.awaitExit(Duration.ofSeconds(3));
                throw new ApplicationFailedException(
                        suite.getName() + " did not end within " + limit.toSeconds() + " s", folder.complaints());
            }
        } finally {
            folder.deleteScratch();
        }
        return parse(log, folder);
    }

    private static List<String> command(ApplicationFolder folder, SparkLine line, Class<?> suite) {
        List<String> command = new ArrayList<>();
        command.add(line.javaHome().resolve("bin/java").toString());
        // The options that Spark's launcher would give a driver are among the options of the tests' own JVM.
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-Djava.io.tmpdir=" + folder.scratch(),
                "-Dspark.testing=true",
                "-Dspark.test.home=" + folder.path(),
                "-cp",
                folder.path().resolve("conf") + File.pathSeparator + System.getProperty("java.class.path"),
                "org.scalatest.tools.Runner",
                "-s",
                suite.getName(),
                // Durations, no colours.
                "-oDW"));
        return command;
    }

    private static Map<String, String> environment(ApplicationFolder folder, SparkLine line) {
        Map<String, String> environment = folder.environment(line);
        environment.put("SPARK_TESTING", "1");
        return environment;
    }

    private static ScalaTestRun parse(Path log, ApplicationFolder folder) throws IOException {
        List<String> failures = new ArrayList<>();
        Matcher totals = null;
        for (String line : Files.readAllLines(log, StandardCharsets.ISO_8859_1)) {
            Matcher failure = FAILURE.matcher(line);
            if (failure.matches()) {
                failures.add(failure.group(1));
            }
            Matcher found = TOTALS.matcher(line);
            if (found.find()) {
                totals = found;
            }
        }
        if (totals == null) {
            throw new ApplicationFailedException("no totals in " + log, folder.complaints());
        }
        return new ScalaTestRun(
                Integer.parseInt(totals.group(1)),
                Integer.parseInt(totals.group(2)),
                Integer.parseInt(totals.group(4)),
                List.copyOf(failures),
                log);
    }
}

package io.sparkefa.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The folder of one application: a {@code SPARK_HOME} whose {@code jars} is a link to the line's jars, with configuration, scratch space
 * and the logs of the driver and of each executor. The logs stay; scratch space goes when the application has ended.
 */
final class ApplicationFolder {
    private static final String LOGGING = """
            rootLogger.level = info
            rootLogger.appenderRef.console.ref = console
            appender.console.type = Console
            appender.console.name = console
            appender.console.target = SYSTEM_ERR
            appender.console.layout.type = PatternLayout
            appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p [%t] %c{1}: %m%n%ex
            logger.memory.name = org.apache.spark.storage.memory
            logger.memory.level = warn
            logger.codegen.name = org.apache.spark.sql.catalyst.expressions.codegen
            logger.codegen.level = warn
            """;

    private static final int LOGS = 6;
    private static final int LOG_LINES = 60;

    private final Path folder;

    private ApplicationFolder(Path folder) {
        this.folder = folder;
    }

    static ApplicationFolder create(Path folder, SparkLine line) throws IOException {
        deleteTree(folder);
        Files.createDirectories(folder.resolve("conf"));
        Files.createDirectories(folder.resolve("scratch"));
        Files.createSymbolicLink(folder.resolve("jars"), line.jars());
        Files.writeString(folder.resolve("conf/log4j2.properties"), LOGGING);
        return new ApplicationFolder(folder);
    }

    /** That of an application that has run. */
    static ApplicationFolder at(Path folder) {
        return new ApplicationFolder(folder);
    }

    List<String> linesWith(String text) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path log : logs().values()) {
            for (String line : Files.readAllLines(log, StandardCharsets.ISO_8859_1)) {
                if (line.contains(text)) {
                    found.add(line);
                }
            }
        }
        return found;
    }

    void writeDefaults(Map<String, String> settings) throws IOException {
        Properties properties = new Properties();
        properties.putAll(settings);
        try (var out = Files.newBufferedWriter(folder.resolve("conf/spark-defaults.conf"))) {
            properties.store(out, null);
        }
    }

    /** What every process of the application gets; nothing leaves loopback. */
    Map<String, String> environment(SparkLine line) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("SPARK_HOME", folder.toString());
        environment.put("SPARK_CONF_DIR", folder.resolve("conf").toString());
        environment.put("SPARK_SCALA_VERSION", line.scalaVersion());
        environment.put("SPARK_LOCAL_IP", "127.0.0.1");
        environment.put("SPARK_LOCAL_HOSTNAME", "127.0.0.1");
        environment.put("JAVA_HOME", line.javaHome().toString());
        return environment;
    }

    Path path() {
        return folder;
    }

    Path scratch() {
        return folder.resolve("scratch");
    }

    Path driverLog() {
        return folder.resolve("driver.log");
    }

    Path report() {
        return folder.resolve("report.bin");
    }

    /** The logs of the driver (key {@code driver}) and of the executors (by their ids). */
    Map<String, Path> logs() throws IOException {
        Map<String, Path> logs = new TreeMap<>();
        if (Files.exists(driverLog())) {
            logs.put("driver", driverLog());
        }
        Path work = folder.resolve("work");
        if (Files.isDirectory(work)) {
            try (Stream<Path> files = Files.walk(work, 3)) {
                // work/<application>/<executor>/stderr
                files.filter(file -> file.endsWith("stderr"))
                        .forEach(file -> logs.put("executor " + file.getName(file.getNameCount() - 2), file));
            }
        }
        return logs;
    }

    /** The last warnings and errors of each log, for the message of a failed test. */
    String complaints() {
        StringBuilder text = new StringBuilder();
        try {
            int logCount = 0;
            for (Map.Entry<String, Path> log : logs().entrySet()) {
                if (++logCount > LOGS) {
                    text.append("and the logs of more executors in ").append(folder);
                    break;
                }
                text.append("---- ").append(log.getKey()).append(": ").append(log.getValue());
                text.append(System.lineSeparator());
                lastComplaints(log.getValue()).forEach(line -> text.append(line).append(System.lineSeparator()));
            }
        } catch (IOException e) {
            text.append("cannot read the logs of ").append(folder).append(": ").append(e);
        }
        return text.toString();
    }

    /** Lines of level WARN and above with what follows them (stack traces), and whatever is not a log line. */
    private static Deque<String> lastComplaints(Path log) throws IOException {
        Deque<String> kept = new ArrayDeque<>();
        boolean keeping = false;
        for (String line : Files.readAllLines(log, StandardCharsets.ISO_8859_1)) {
            boolean startsEntry = line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} [A-Z]+ .*");
            keeping = startsEntry ? line.matches(".{13}(WARN|ERROR|FATAL) .*") : keeping;
            if (keeping) {
                kept.add(line);
                if (kept.size() > LOG_LINES) {
                    kept.remove();
                }
            }
        }
        return kept;
    }

    void deleteScratch() {
        try {
            deleteTree(scratch());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + scratch(), e);
        }
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(root)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}

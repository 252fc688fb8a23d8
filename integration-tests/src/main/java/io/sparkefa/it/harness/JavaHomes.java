package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/** Finds JDKs: from {@code JAVA<version>_HOME}, this JVM, {@code JAVA_HOME}, and the places where systems put them. */
final class JavaHomes {
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/opt"),
            Path.of("/Library/Java/JavaVirtualMachines"),
            Path.of(System.getProperty("user.home"), ".sdkman", "candidates", "java"),
            Path.of(System.getProperty("user.home"), ".jdks"));

    private JavaHomes() {}

    /** The home of a JDK of this feature version, say 17. */
    static Optional<Path> find(int version) {
        List<Path> candidates = new ArrayList<>();
        addEnvironment(candidates, "JAVA" + version + "_HOME");
        candidates.add(Path.of(System.getProperty("java.home")));
        addEnvironment(candidates, "JAVA_HOME");
        for (Path place : PLACES) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> children = Files.list(place)) {
                    children.sorted().forEach(child -> {
                        candidates.add(child);
                        candidates.add(child.resolve("Contents/Home"));
                    });
                } catch (IOException e) {
                    throw new IllegalStateException("cannot list " + place, e);
                }
            }
        }
        return candidates.stream()
                .filter(home -> featureVersion(home) == version)
                .findFirst();
    }

    private static void addEnvironment(List<Path> candidates, String variable) {
        String home = System.getenv(variable);
        if (home != null && !home.isBlank()) {
            candidates.add(Path.of(home));
        }
    }

    /** What the home's release file says, or -1. */
    private static int featureVersion(Path home) {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
            return -1;
        }
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(release)) {
            properties.load(reader);
        } catch (IOException e) {
            return -1;
        }
        String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
        return version.isEmpty() ? -1 : Runtime.Version.parse(version).feature();
    }
}

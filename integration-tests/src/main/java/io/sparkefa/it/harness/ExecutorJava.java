package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** A Java home whose {@code java} does something first for the executors with some ids, and is the real one otherwise. */
final class ExecutorJava {

    private ExecutorJava() {}

    /**
     * @param folder in which the home is created
     * @param preludes by an executor's id, or {@code *} for all others: lines of shell. They may change the arguments and the
     *     environment, and what {@code launch} does with the command it is given
     * @return the home, for {@code spark.executorEnv.JAVA_HOME}
     */
    static Path create(Path folder, Path realHome, Map<String, String> preludes) throws IOException {
        Path java = Files.createDirectories(folder.resolve("bin")).resolve("java");
        StringBuilder script = new StringBuilder("#!/bin/sh\nlaunch() { exec \"$@\"; }\n");
        script.append("case \" $* \" in\n");
        preludes.forEach((id, prelude) -> {
            if (!id.equals("*")) {
                script.append("*\" --executor-id ").append(id).append(" \"*)\n");
                script.append(prelude).append("\n;;\n");
            }
        });
        script.append("*)\n").append(preludes.getOrDefault("*", ":")).append("\n;;\nesac\n");
        script.append("launch \"").append(realHome.resolve("bin/java")).append("\" \"$@\"\n");
        Files.writeString(java, script);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }
}

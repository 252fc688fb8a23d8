package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A Java home whose {@code java} takes something away from the executor with one id, and is the real one otherwise. */
final class ExecutorJava {

    private ExecutorJava() {}

    /**
     * @param folder in which the home is created
     * @param executorId of the executor that is started without the variable
     * @return the home, for {@code spark.executorEnv.JAVA_HOME}
     */
    static Path withoutVariable(Path folder, Path realHome, String executorId, String variable) throws IOException {
        Path java = Files.createDirectories(folder.resolve("bin")).resolve("java");
        Files.writeString(java, """
                #!/bin/sh
                case " $* " in *" --executor-id %s "*) unset %s ;; esac
                exec "%s/bin/java" "$@"
                """.formatted(executorId, variable, realHome));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }
}

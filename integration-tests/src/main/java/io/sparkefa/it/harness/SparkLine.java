package io.sparkefa.it.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A Spark line that the one plugin jar must run on. */
public enum SparkLine {
    SPARK_4_2("4.2", "2.13", 25),
    SPARK_4_1("4.1", "2.13", 17),
    SPARK_4_0("4.0", "2.13", 17),
    SPARK_3_5("3.5", "2.12", 17),
    SPARK_3_5_SCALA_2_13("3.5-scala-2.13", "2.13", 17);

    private final String homeName;
    private final String scalaVersion;
    private final int javaVersion;

    SparkLine(String homeName, String scalaVersion, int javaVersion) {
        this.homeName = homeName;
        this.scalaVersion = scalaVersion;
        this.javaVersion = javaVersion;
    }

    public String scalaVersion() {
        return scalaVersion;
    }

    /** The Java that this line runs on here. */
    public int javaVersion() {
        return javaVersion;
    }

    /**
     * In 3.5 the shuffle manager is made with the {@code SparkEnv}, before jars of {@code --jars} are there: the plugin must be on
     * both class paths. From 4.0 on {@code --jars} is enough.
     */
    public boolean loadsShuffleManagerFromJars() {
        return !homeName.startsWith("3.");
    }

    /** Whether the build has filled this line's home; only {@code all-spark-lines} fills those between the oldest and the newest. */
    public boolean isBuilt() {
        return jarsIfBuilt().isPresent();
    }

    /** The folder with this line's jars. */
    Path jars() {
        return jarsIfBuilt()
                .orElseThrow(() -> new IllegalStateException("no Spark " + homeName + ": set the system property "
                        + homeProperty() + " to a folder with Spark's jars in jars/"));
    }

    Path javaHome() {
        return JavaHomes.find(javaVersion)
                .orElseThrow(() -> new IllegalStateException("Spark " + homeName + " runs on JDK " + javaVersion
                        + " here, and there is none: install one or set JAVA" + javaVersion + "_HOME"));
    }

    private String homeProperty() {
        return "sparkefa.sparkHome." + homeName;
    }

    private Optional<Path> jarsIfBuilt() {
        return Stream.ofNullable(System.getProperty(homeProperty()))
                .filter(home -> !home.isBlank())
                .map(home -> Path.of(home).resolve("jars").toAbsolutePath())
                .filter(Files::isDirectory)
                .findFirst();
    }

    @Override
    public String toString() {
        return "Spark " + homeName + " on JDK " + javaVersion;
    }
}

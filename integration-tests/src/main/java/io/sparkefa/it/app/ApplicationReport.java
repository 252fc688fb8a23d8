package io.sparkefa.it.app;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** What one application hands back to the test that started it, as a file. */
public record ApplicationReport(String sparkVersion, String scalaVersion, String javaVersion, List<JobReport> jobs)
        implements Serializable {

    /** Writes the whole report or nothing. */
    void write(Path file) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(partial))) {
            out.writeObject(this);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    public static ApplicationReport read(Path file) throws IOException {
        try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
            return (ApplicationReport) in.readObject();
        } catch (ClassNotFoundException e) {
            throw new IOException("unreadable report " + file, e);
        }
    }

    /** For people: everything but the rows. */
    public String summary() {
        StringBuilder text = new StringBuilder();
        text.append("Spark ").append(sparkVersion).append(", Scala ").append(scalaVersion);
        text.append(", Java ").append(javaVersion).append('\n');
        for (JobReport job : jobs) {
            text.append('\n').append(job.name()).append(": ");
            text.append(job.rows().size())
                    .append(" rows in ")
                    .append(job.elapsedMs())
                    .append(" ms\n  ");
            text.append(job.totals()).append('\n');
            job.executors()
                    .values()
                    .forEach(executor -> text.append("  ").append(executor).append('\n'));
            if (job.error() != null) {
                text.append(job.error()).append('\n');
            }
        }
        return text.toString();
    }

    public JobReport job(String name) {
        return jobs.stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the application did not run " + name));
    }
}

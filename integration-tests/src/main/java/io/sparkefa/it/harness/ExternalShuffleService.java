package io.sparkefa.it.harness;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Spark's external shuffle service in a process of its own. */
public final class ExternalShuffleService implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final ChildProcess process;
    private final ApplicationFolder folder;
    private final int port;

    private ExternalShuffleService(ChildProcess process, ApplicationFolder folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** Starts the line's service and returns when it accepts connections. */
    public static ExternalShuffleService start(SparkLine line, String name, Map<String, String> settings)
            throws IOException, InterruptedException {
        ApplicationFolder folder =
                ApplicationFolder.create(BuildFiles.outputFolder().resolve(name), line);
        int port = unusedPort();
        List<String> command = new ArrayList<>(List.of(
                line.javaHome().resolve("bin/java").toString(),
                "-Xmx256m",
                "-Dspark.shuffle.service.enabled=true",
                "-Dspark.shuffle.service.port=" + port,
                "-Dspark.local.dir=" + folder.scratch()));
        settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of(
                "-cp",
                folder.path().resolve("conf") + File.pathSeparator
                        + folder.path().resolve("jars") + "/*",
                "org.apache.spark.deploy.ExternalShuffleService"));
        ChildProcess process = ChildProcess.start(command, folder.environment(line), folder.path(), folder.driverLog());
        try {
            awaitListening(process, port, folder.driverLog());
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
        return new ExternalShuffleService(process, folder, port);
    }

    /** What an application must be told to use this service. It serves only files below its own local directory. */
    public Map<String, String> applicationSettings() {
        return Map.of(
                "spark.shuffle.service.enabled", "true",
                "spark.shuffle.service.port", Integer.toString(port),
                "spark.local.dir", folder.scratch().toString());
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void awaitListening(ChildProcess process, int port, Path log)
            throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - startNs > START_LIMIT.toNanos()) {
                    throw new ApplicationFailedException(
                            "no shuffle service at port " + port + ": " + e, Files.readString(log));
                }
                Thread.sleep(50);
            }
        }
    }

    @Override
    public void close() {
        process.close();
        folder.deleteScratch();
    }
}

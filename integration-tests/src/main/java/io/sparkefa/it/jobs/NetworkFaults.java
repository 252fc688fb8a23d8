package io.sparkefa.it.jobs;

import io.sparkefa.it.app.JobContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What goes wrong in an application's own network; nothing of it in a network that others use. Driver only. */
public final class NetworkFaults {

    /** Whether the application has a network of its own. */
    public static final String PRIVATE_KEY = "spark.sparkefa.it.privateNetwork";

    /** The interface that leads to the other host. */
    public static final String LINK_KEY = "spark.sparkefa.it.linkToOtherHost";

    /** The other host's address. */
    public static final String OTHER_HOST_KEY = "spark.sparkefa.it.otherHost";

    private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

    private NetworkFaults() {}

    /** There is only one port for outgoing connections, and it is taken, until this is closed. */
    static AutoCloseable noPorts(JobContext context) throws IOException {
        checkPrivate(context);
        // Not readString: it asks for one byte first, and this file gives no more after that.
        String before = Files.readAllLines(PORT_RANGE).get(0);
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"));
        Files.writeString(PORT_RANGE, taken.getLocalPort() + " " + taken.getLocalPort());
        return () -> {
            Files.writeString(PORT_RANGE, before);
            taken.close();
        };
    }

    /** Packets to the other host go to a network card that nobody has: neither end is told, and each waits for the other. */
    static void loseTheOtherHost(JobContext context) throws IOException, InterruptedException {
        checkPrivate(context);
        ip(
                "neigh",
                "replace",
                context.setting(OTHER_HOST_KEY, ""),
                "lladdr",
                "02:00:00:00:00:99",
                "dev",
                context.setting(LINK_KEY, ""),
                "nud",
                "permanent");
    }

    private static void checkPrivate(JobContext context) {
        if (!context.setting(PRIVATE_KEY, "false").equals("true")) {
            throw new IllegalStateException("this application shares its network with others");
        }
    }

    private static void ip(String... words) throws IOException, InterruptedException {
        String[] command = new String[words.length + 1];
        command[0] = "ip";
        System.arraycopy(words, 0, command, 1, words.length);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
    }
}

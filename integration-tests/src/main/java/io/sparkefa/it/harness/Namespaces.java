package io.sparkefa.it.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Networks and file systems of an application's own, in Linux namespaces: what happens there nobody else notices, and all of it is gone
 * when the last of its processes has ended. Takes root's rights, and {@code unshare} and {@code ip}.
 */
public final class Namespaces {

    /** Of the driver and most executors, where there are two hosts. */
    public static final String HERE = "10.77.0.1";

    /** Of the executor on the other host. */
    public static final String AWAY = "10.77.0.2";

    /** The driver's link to the other host. */
    public static final String LINK = "near";

    private static final String LOOPBACK = "ip link set lo up";

    /** Names of network namespaces are files in /run/netns; these are seen in here only. */
    private static final String TWO_HOSTS = String.join(
            " && ",
            LOOPBACK,
            "mount -t tmpfs none /run",
            "ip netns add away",
            "ip link add " + LINK + " type veth peer name far netns away",
            "ip addr add " + HERE + "/24 dev " + LINK,
            "ip link set " + LINK + " up",
            "ip -n away link set lo up",
            "ip -n away addr add " + AWAY + "/24 dev far",
            "ip -n away link set far up");

    private static final String MOVE_AWAY = """
            SPARK_LOCAL_IP=%1$s SPARK_LOCAL_HOSTNAME=%1$s
            previous=
            for word; do
                shift
                [ "$previous" = --hostname ] && set -- "$@" %1$s || set -- "$@" "$word"
                previous=$word
            done
            launch() { exec ip netns exec away "$@"; }
            """.formatted(AWAY);

    private Namespaces() {}

    /** Why there can be none here, or nothing. */
    public static String unavailable() throws InterruptedException {
        try {
            Process trial = new ProcessBuilder(privateNetwork(List.of("true")))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(trial.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return trial.waitFor(10, TimeUnit.SECONDS) && trial.exitValue() == 0
                    ? ""
                    : "no namespaces here: " + said.trim();
        } catch (IOException e) {
            return "no namespaces here: " + e.getMessage();
        }
    }

    /** The command with a loopback interface of its own. */
    static List<String> privateNetwork(List<String> command) {
        return after(LOOPBACK, command);
    }

    /** The command on a host of its own that can reach another one, on which it can start others. */
    static List<String> twoHosts(List<String> command) {
        return after(TWO_HOSTS, command);
    }

    private static List<String> after(String preparation, List<String> command) {
        List<String> words = new ArrayList<>(
                List.of("unshare", "--net", "--mount", "sh", "-c", preparation + " && exec \"$@\"", "sh"));
        words.addAll(command);
        return words;
    }

    /** What an executor does before it starts, to start on the other host; for {@link ExecutorJava}. */
    static String moveAway() {
        return MOVE_AWAY;
    }

    /** What an executor does before it starts, to have its local directory on a small disk. */
    static String smallDisk(int megabytes) {
        return """
                launch() {
                    exec unshare --mount sh -c \\
                        'mount -t tmpfs -o size=%dm none "$SPARK_EXECUTOR_DIRS" && exec "$0" "$@"' "$@"
                }
                """.formatted(megabytes);
    }
}

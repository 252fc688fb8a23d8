package io.sparkefa.it.harness;

import io.sparkefa.it.app.ApplicationEvents;
import io.sparkefa.it.app.ApplicationMain;
import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.Job;
import io.sparkefa.it.jobs.EfaJob;
import io.sparkefa.it.jobs.NetworkFaults;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * One Spark application: described by its setters, then {@linkplain #run run} once, as {@code spark-submit} would, in a driver process of
 * its own with executors in processes of theirs.
 *
 * <pre>{@code
 * ApplicationReport report = SparkApplication.on(SparkLine.SPARK_4_2, "join").withPlugin().run(RddJob.JOIN);
 * }</pre>
 */
public final class SparkApplication {
    public static final String PLUGIN_MANAGER = "org.apache.spark.shuffle.efa.EfaShuffleManager";

    private static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
    private static final Duration LAUNCHER_LIMIT = Duration.ofSeconds(60);

    private final SparkLine line;
    private final String name;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private int executorCount = 2;
    private Duration limit = Duration.ofMinutes(4);
    private boolean withPlugin;
    private final Map<String, String> preludes = new LinkedHashMap<>();
    private UnaryOperator<List<String>> surroundings = command -> command;

    private SparkApplication(SparkLine line, String name) {
        this.line = line;
        this.name = name;
        set("spark.master", "local-cluster[2,2,1024]");
        set("spark.app.name", name);
        // These processes live for seconds: the cheap compiler and collector end them sooner.
        set("spark.driver.extraJavaOptions", SHORT_LIVED);
        set("spark.executor.extraJavaOptions", SHORT_LIVED);
        set("spark.driver.memory", "640m");
        set("spark.executor.memory", "640m");
        set("spark.driver.host", "127.0.0.1");
        set("spark.driver.bindAddress", "127.0.0.1");
        set("spark.ui.enabled", "false");
        // An application whose executors cannot start ends instead of starting them again and again.
        set("spark.deploy.maxExecutorRetries", "3");
        set("spark.extraListeners", ApplicationEvents.class.getName());
        set("spark.sql.shuffle.partitions", "8");
        // Executors on one host would read each other's files otherwise, and nothing would cross the wire.
        set("spark.shuffle.readHostLocalDisk", "false");
    }

    /**
     * An application with two executors of two cores, on stock Spark.
     *
     * @param name unique among all applications of the tests; names the folder with the logs
     */
    public static SparkApplication on(SparkLine line, String name) {
        return new SparkApplication(line, name);
    }

    public SparkApplication set(String key, String value) {
        settings.put(key, value);
        return this;
    }

    public SparkApplication setAll(Map<String, String> more) {
        settings.putAll(more);
        return this;
    }

    /** Executors of their own processes, each with this many cores. */
    public SparkApplication executors(int count, int cores) {
        executorCount = count;
        return set("spark.master", "local-cluster[" + count + "," + cores + ",1024]");
    }

    /** Everything in the driver's process. */
    public SparkApplication local(int cores) {
        executorCount = 1;
        return set("spark.master", "local[" + cores + "]");
    }

    /** How many executors must be there before the first job; by default all. */
    public SparkApplication waitFor(int executors) {
        executorCount = executors;
        return this;
    }

    /** How long the whole application may take. */
    public SparkApplication limit(Duration duration) {
        limit = duration;
        return this;
    }

    /** Adds the plugin's jar, the way this line wants it, and makes it the shuffle manager; not in a {@link #stockOnly} run. */
    public SparkApplication withPlugin() {
        if (stockOnly()) {
            return this;
        }
        withPlugin = true;
        return set("spark.shuffle.manager", PLUGIN_MANAGER);
    }

    /** Gives the executors emulated EFA devices; the plugin is to use them and nothing less. */
    public SparkApplication over(EmulatedEfa devices) {
        devices.environment().forEach((variable, value) -> set("spark.executorEnv." + variable, value));
        set(EfaJob.DEVICES_KEY, devices.directory().toString());
        set("spark.driver.extraClassPath", BuildFiles.efaEmulatorControls().toString());
        return overFabric("efa");
    }

    /** The plugin is to use this libfabric provider and nothing less. */
    public SparkApplication overFabric(String provider) {
        set("spark.executor.extraJavaOptions", SHORT_LIVED + " --enable-native-access=ALL-UNNAMED");
        set("spark.shuffle.efa.fabric.provider", provider);
        return set("spark.shuffle.efa.transport", "efa");
    }

    /** Starts the executor with this id without the devices that the others have. */
    public SparkApplication exceptExecutor(String executorId) {
        preludes.put(executorId, "unset LD_PRELOAD");
        return set("spark.shuffle.efa.transport", "auto");
    }

    /** A loopback interface of the application's own, whose ports nobody else has. */
    public SparkApplication inPrivateNetwork() {
        surroundings = Namespaces::privateNetwork;
        return set(NetworkFaults.PRIVATE_KEY, "true");
    }

    /** Starts the executor with this id on another host, in a network of the application's own. */
    public SparkApplication withAnotherHostFor(String executorId) {
        surroundings = Namespaces::twoHosts;
        preludes.put(executorId, Namespaces.moveAway());
        return set(NetworkFaults.PRIVATE_KEY, "true")
                .set(NetworkFaults.LINK_KEY, Namespaces.LINK)
                .set(NetworkFaults.OTHER_HOST_KEY, Namespaces.AWAY)
                .set("spark.driver.host", Namespaces.HERE)
                .set("spark.driver.bindAddress", Namespaces.HERE);
    }

    /** Gives each executor a disk of its own for its local files, of this size. */
    public SparkApplication withSmallDisks(int megabytes) {
        preludes.put("*", Namespaces.smallDisk(megabytes));
        return this;
    }

    /** Does harm to the connections that executors accept; none of them has another preloaded library. */
    public SparkApplication with(FlowFaults faults) {
        faults.environment().forEach((variable, value) -> set("spark.executorEnv." + variable, value));
        return this;
    }

    /** {@code -Dsparkefa.it.stock=true} leaves the plugin out everywhere, to tell a problem of Spark or of the tests from ours. */
    public static boolean stockOnly() {
        return Boolean.getBoolean("sparkefa.it.stock");
    }

    public ApplicationReport run(Job... jobs) throws IOException, InterruptedException {
        return run(Arrays.asList(jobs));
    }

    /**
     * Runs the jobs one after another in this application and returns what they reported; a job that failed is reported as such.
     *
     * @throws ApplicationFailedException when the application did not come to its end, or not in time
     */
    public ApplicationReport run(List<? extends Job> jobs) throws IOException, InterruptedException {
        ApplicationFolder folder = createFolder();
        List<String> arguments = new ArrayList<>(List.of(folder.report().toString(), Integer.toString(executorCount)));
        for (Job job : jobs) {
            arguments.add(((Enum<?>) job).getDeclaringClass().getName() + "." + job.name());
        }
        List<String> command = driverCommand(folder, ApplicationMain.class, arguments);
        try (ChildProcess driver = ChildProcess.start(
                surroundings.apply(command), environment(folder), folder.path(), folder.driverLog())) {
            if (!driver.awaitExit(limit)) {
                driver.dumpThreads();
                driver.awaitExit(Duration.ofSeconds(3));
                throw new ApplicationFailedException(
                        name + " did not end within " + limit.toSeconds() + " s", folder.complaints());
            }
            if (driver.exitValue() != 0 || !Files.exists(folder.report())) {
                throw new ApplicationFailedException(
                        name + " ended with status " + driver.exitValue(), folder.complaints());
            }
        } finally {
            folder.deleteScratch();
        }
        ApplicationReport report = ApplicationReport.read(folder.report());
        Files.writeString(folder.path().resolve("report.txt"), report.summary());
        return report;
    }

    /**
     * Starts the application with a driver of the caller's own, and returns at once. The driver's standard input and output are the
     * caller's to talk with; what it logs goes to its file.
     *
     * @param main in the jar of this module
     */
    public RunningApplication start(Class<?> main, String... arguments) throws IOException, InterruptedException {
        ApplicationFolder folder = createFolder();
        List<String> command = driverCommand(folder, main, List.of(arguments));
        return new RunningApplication(
                ChildProcess.startPiped(command, folder.environment(line), folder.path(), folder.driverLog()), folder);
    }

    /** The lines with this text that the driver and the executors of the application, which has run, have logged. */
    public List<String> logged(String text) throws IOException {
        return ApplicationFolder.at(BuildFiles.outputFolder().resolve(name)).linesWith(text);
    }

    private Map<String, String> environment(ApplicationFolder folder) {
        Map<String, String> environment = folder.environment(line);
        String host = settings.getOrDefault("spark.driver.host", "127.0.0.1");
        environment.put("SPARK_LOCAL_IP", host);
        environment.put("SPARK_LOCAL_HOSTNAME", host);
        return environment;
    }

    private ApplicationFolder createFolder() throws IOException {
        ApplicationFolder folder =
                ApplicationFolder.create(BuildFiles.outputFolder().resolve(name), line);
        settings.putIfAbsent("spark.local.dir", folder.scratch().toString());
        set("spark.sparkefa.it.scratch", folder.scratch().toString());
        attachPlugin();
        if (!preludes.isEmpty()) {
            Path home = folder.path().resolve("java-home");
            ExecutorJava.create(home, line.javaHome(), preludes);
            set("spark.executorEnv.JAVA_HOME", home.toString());
        }
        folder.writeDefaults(settings);
        return folder;
    }

    private void attachPlugin() {
        if (!withPlugin) {
            return;
        }
        String jar = BuildFiles.pluginJar().toString();
        if (line.loadsShuffleManagerFromJars()) {
            set("spark.jars", jar);
        } else {
            set("spark.driver.extraClassPath", jar);
            set("spark.executor.extraClassPath", jar);
        }
    }

    /** The command that Spark's own launcher makes of a {@code spark-submit}, as {@code bin/spark-class} asks for it. */
    private List<String> driverCommand(ApplicationFolder folder, Class<?> main, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> launcher = new ArrayList<>(List.of(
                line.javaHome().resolve("bin/java").toString(),
                "-Xmx128m",
                "-cp",
                folder.path().resolve("jars") + File.separator + "*",
                "org.apache.spark.launcher.Main",
                "org.apache.spark.deploy.SparkSubmit",
                "--class",
                main.getName(),
                BuildFiles.jobsJar().toString()));
        launcher.addAll(arguments);
        Path output = folder.path().resolve("launcher.out");
        try (ChildProcess process = ChildProcess.start(launcher, folder.environment(line), folder.path(), output)) {
            if (!process.awaitExit(LAUNCHER_LIMIT)) {
                throw new ApplicationFailedException("Spark's launcher did not answer", Files.readString(output));
            }
        }
        // NUL-separated words; a first line of its own says that they follow.
        String answer = Files.readString(output, StandardCharsets.UTF_8);
        int start = answer.indexOf("\0\n");
        if (start < 0) {
            throw new ApplicationFailedException("Spark's launcher refused " + launcher, answer);
        }
        String words = answer.substring(start + 2);
        List<String> command =
                List.of(words.substring(0, words.lastIndexOf('\0')).split("\0", -1));
        Files.write(folder.path().resolve("command.txt"), command);
        return command;
    }
}

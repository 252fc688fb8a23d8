package io.sparkefa.spark;

import io.sparkefa.config.ConfigKeys;
import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.config.TransportChoice;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import scala.Option;

/** Reads the plugin's settings, and those of Spark on which they depend, from where Spark keeps them. */
public final class SparkSettings {

    /** What makes Spark encrypt what executors send each other; then the plugin's transports do, too. */
    private static final List<String> ENCRYPTION =
            List.of("spark.network.crypto.enabled", "spark.authenticate.enableSaslEncryption");

    /** The same from Spark 4.0 on; earlier ones do not know it (SPARK-44937). */
    private static final String TLS = "spark.ssl.rpc.enabled";

    /** Where an executor has one core when nothing else is said; elsewhere it has all cores of its machine. */
    private static final List<String> MASTERS_GIVING_ONE_CORE = List.of("yarn", "k8s");

    private static final String OLD_FETCH_PROTOCOL = "spark.shuffle.useOldFetchProtocol";

    private SparkSettings() {}

    /**
     * The plugin's own settings.
     *
     * @throws io.sparkefa.config.ConfigException when one of them is not allowed, or unknown
     */
    public static ShuffleConfig read(SparkConf conf) {
        Set<String> present =
                Arrays.stream(conf.getAll()).map(entry -> entry._1()).collect(Collectors.toUnmodifiableSet());
        return ShuffleConfig.read(key -> get(conf, key), present);
    }

    /** Why this application's shuffle blocks have to be left to Spark's own reader, if they have to. */
    public static Optional<String> reasonForSparkOnly(SparkConf conf, ShuffleConfig config) {
        if (config.transport() == TransportChoice.NETTY) {
            return Optional.of(ConfigKeys.TRANSPORT.name() + " is "
                    + TransportChoice.NETTY.name().toLowerCase(Locale.ROOT));
        }
        if (conf.getBoolean(OLD_FETCH_PROTOCOL, false)) {
            return Optional.of(
                    OLD_FETCH_PROTOCOL + " is true: attempts of one map then share a name, and the plugin could not"
                            + " tell their output apart");
        }
        return Optional.empty();
    }

    /** Which of Spark's settings asks for encryption of what executors send each other, if one does. */
    static Optional<String> encryptedBy(SparkConf conf) {
        return encryptedBy(conf, org.apache.spark.package$.MODULE$.SPARK_VERSION());
    }

    static Optional<String> encryptedBy(SparkConf conf, String sparkVersion) {
        Stream<String> tls = sparkVersion.startsWith("3.") ? Stream.empty() : Stream.of(TLS);
        return Stream.concat(ENCRYPTION.stream(), tls)
                .filter(key -> conf.getBoolean(key, false))
                .findFirst();
    }

    /** Whether the tasks of this application run in the driver's process, so that there are no executors apart from it. */
    public static boolean driverRunsTasks(SparkConf conf) {
        String master = conf.get("spark.master", "");
        return master.equals("local") || master.startsWith("local[");
    }

    static boolean runsOnYarn(SparkConf conf) {
        return conf.get("spark.master", "").startsWith("yarn");
    }

    /** How many tasks an executor runs at a time. */
    static int taskSlots(SparkConf conf, int processors) {
        String master = conf.get("spark.master", "");
        boolean oneCore = MASTERS_GIVING_ONE_CORE.stream().anyMatch(master::startsWith);
        int cores = conf.getInt("spark.executor.cores", oneCore ? 1 : processors);
        return Math.max(1, cores / Math.max(1, conf.getInt("spark.task.cpus", 1)));
    }

    /** After how many seconds without traffic Spark gives up on a connection with requests outstanding. */
    static long connectionTimeoutSeconds(SparkConf conf) {
        long networkTimeout = conf.getTimeAsSeconds("spark.network.timeout", "120s");
        return Math.max(1, conf.getTimeAsSeconds("spark.shuffle.io.connectionTimeout", networkTimeout + "s"));
    }

    private static Optional<String> get(SparkConf conf, String key) {
        Option<String> value = conf.getOption(key);
        return value.isDefined() ? Optional.of(value.get()) : Optional.empty();
    }
}

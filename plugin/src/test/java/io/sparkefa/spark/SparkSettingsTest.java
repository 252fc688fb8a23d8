package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.config.ConfigException;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SparkSettingsTest {

    private static SparkConf conf() {
        return new SparkConf(false);
    }

    private static Optional<String> reasonForSparkOnly(SparkConf conf) {
        return SparkSettings.reasonForSparkOnly(conf, SparkSettings.read(conf));
    }

    @Test
    void nothingSpeaksAgainstThePluginByDefault() {
        assertThat(reasonForSparkOnly(conf())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.network.crypto.enabled",
                "spark.authenticate.enableSaslEncryption",
                "spark.ssl.rpc.enabled"
            })
    void whatSparkEncryptsThePluginEncrypts(String key) {
        SparkConf encrypting = conf().set(key, "true");
        assertThat(reasonForSparkOnly(encrypting)).isEmpty();
        assertThat(SparkSettings.encryptedBy(encrypting)).hasValue(key);
        assertThat(SparkSettings.encryptedBy(conf().set(key, "false"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"3.5.9,false", "4.0.1,true", "4.2.0,true"})
    void tlsIsWhatSparkMakesOfIt(String sparkVersion, boolean encrypts) {
        SparkConf conf = conf().set("spark.ssl.rpc.enabled", "true");
        assertThat(SparkSettings.encryptedBy(conf, sparkVersion).isPresent()).isEqualTo(encrypts);
    }

    @ParameterizedTest
    @ValueSource(strings = "spark.shuffle.useOldFetchProtocol")
    void whatThePluginCannotGiveIsLeftToSpark(String key) {
        assertThat(reasonForSparkOnly(conf().set(key, "true")))
                .hasValueSatisfying(reason -> assertThat(reason).contains(key));
        assertThat(reasonForSparkOnly(conf().set(key, "false"))).isEmpty();
    }

    @Test
    void thePluginCanBeTurnedOff() {
        assertThat(reasonForSparkOnly(conf().set("spark.shuffle.efa.transport", "netty")))
                .hasValue("spark.shuffle.efa.transport is netty");
    }

    @Test
    void aBadValueSaysWhatIsAllowed() {
        assertThatThrownBy(() -> SparkSettings.read(conf().set("spark.shuffle.efa.sockets.flows.max", "many")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("spark.shuffle.efa.sockets.flows.max")
                .hasMessageContaining("many");
    }

    @ParameterizedTest
    @CsvSource({"local[4],,,4", "yarn,,,1", "yarn,8,,8", "yarn,8,3,2", "k8s://x,,,1", "spark://x:7077,,,4", "yarn,2,4,1"
    })
    void taskSlotsFollowSparksRules(String master, String cores, String cpusPerTask, int slots) {
        SparkConf conf = conf().set("spark.master", master);
        if (cores != null) {
            conf.set("spark.executor.cores", cores);
        }
        if (cpusPerTask != null) {
            conf.set("spark.task.cpus", cpusPerTask);
        }
        assertThat(SparkSettings.taskSlots(conf, 4)).isEqualTo(slots);
    }

    @ParameterizedTest
    @CsvSource({
        "local, true",
        "local[4], true",
        "'local[*, 2]', true",
        "'local-cluster[2,2,1024]', false",
        "yarn, false"
    })
    void tasksRunInTheDriverInLocalMode(String master, boolean inDriver) {
        assertThat(SparkSettings.driverRunsTasks(conf().set("spark.master", master)))
                .isEqualTo(inDriver);
    }

    @Test
    void theConnectionTimeoutIsSparks() {
        assertThat(SparkSettings.connectionTimeoutSeconds(conf())).isEqualTo(120);
        assertThat(SparkSettings.connectionTimeoutSeconds(conf().set("spark.network.timeout", "300s")))
                .isEqualTo(300);
        assertThat(SparkSettings.connectionTimeoutSeconds(
                        conf().set("spark.network.timeout", "300s").set("spark.shuffle.io.connectionTimeout", "20s")))
                .isEqualTo(20);
    }
}

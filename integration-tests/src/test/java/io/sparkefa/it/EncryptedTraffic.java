package io.sparkefa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The ways in which Spark is told to encrypt what executors send each other. */
enum EncryptedTraffic {
    NETWORK_CRYPTO("spark.network.crypto.enabled"),
    SASL("spark.authenticate.enableSaslEncryption"),
    SSL_RPC("spark.ssl.rpc.enabled");

    private static final String PASSWORD = "of these tests only";

    private final String key;

    EncryptedTraffic(String key) {
        this.key = key;
    }

    /** The setting that asks for it. */
    String key() {
        return key;
    }

    /**
     * Everything that it takes.
     *
     * @param folder for a key store, if it needs one
     */
    Map<String, String> settings(Path folder) throws IOException, InterruptedException {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.authenticate", "true");
        settings.put("spark.authenticate.secret", "a secret of these tests only");
        settings.put(key, "true");
        // Nothing is to go another way only because the machine is busy when executors first meet.
        settings.put("spark.shuffle.efa.peer.connectTimeout", "60s");
        if (this == SSL_RPC) {
            String store = newKeyStore(folder).toString();
            settings.put("spark.ssl.rpc.keyStore", store);
            settings.put("spark.ssl.rpc.keyStorePassword", PASSWORD);
            settings.put("spark.ssl.rpc.keyPassword", PASSWORD);
            settings.put("spark.ssl.rpc.trustStore", store);
            settings.put("spark.ssl.rpc.trustStorePassword", PASSWORD);
        }
        return settings;
    }

    /** One key that everybody has and trusts. */
    private static Path newKeyStore(Path folder) throws IOException, InterruptedException {
        Path store = folder.resolve("keys.jks");
        Path output = folder.resolve("keytool.out");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "JKS",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD,
                        "-keypass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(Files.readString(output)).isZero();
        return store;
    }
}

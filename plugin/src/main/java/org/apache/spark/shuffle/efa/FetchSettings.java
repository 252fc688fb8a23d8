package org.apache.spark.shuffle.efa;

import java.util.Arrays;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.ConfigProvider;
import org.apache.spark.network.util.TransportConf;

/**
 * What fetching needs to know of Spark's settings.
 *
 * @param downloadConf given to Spark's files into which blocks are downloaded
 * @param missingMayBeStored whether a block that its executor does not have any more may lie in Spark's fallback storage,
 *     where only Spark's own block server looks
 */
record FetchSettings(TransportConf downloadConf, boolean missingMayBeStored) {

    static FetchSettings of(SparkConf conf) {
        return new FetchSettings(
                new TransportConf("shuffle", new Provider(conf)),
                conf.contains("spark.storage.decommission.fallbackStorage.path"));
    }

    /** Spark's own provider, but its factory has other parameters in each Spark line. */
    private static final class Provider extends ConfigProvider {

        private final SparkConf conf;

        Provider(SparkConf conf) {
            this.conf = conf;
        }

        @Override
        public String get(String name) {
            return conf.get(name);
        }

        @Override
        public String get(String name, String defaultValue) {
            return conf.get(name, defaultValue);
        }

        @Override
        public Iterable<Map.Entry<String, String>> getAll() {
            return () -> Arrays.stream(conf.getAll())
                    .map(entry -> Map.entry(entry._1(), entry._2()))
                    .iterator();
        }
    }
}

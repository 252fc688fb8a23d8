package io.sparkefa.it.app;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** What a job may use. */
public record JobContext(SparkSession session, JavaSparkContext spark, LiveExecutors executors) {

    /** A setting of the application. */
    public String setting(String key, String defaultValue) {
        return spark.getConf().get(key, defaultValue);
    }
}

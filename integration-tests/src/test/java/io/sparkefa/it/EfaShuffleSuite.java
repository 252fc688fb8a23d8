package io.sparkefa.it;

import io.sparkefa.it.harness.SparkApplication;
import org.apache.spark.ShuffleSuite;

/** Spark's own shuffle tests on the plugin, with every block of another executor fetched over the network. */
public final class EfaShuffleSuite extends ShuffleSuite {
    private static final long serialVersionUID = 1;

    public EfaShuffleSuite() {
        conf().set("spark.shuffle.readHostLocalDisk", "false");
        conf().set("spark.ui.enabled", "false");
        if (!SparkApplication.stockOnly()) {
            conf().set("spark.shuffle.manager", SparkApplication.PLUGIN_MANAGER);
        }
    }
}

package io.sparkefa.it.bench.work;

import java.io.IOException;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.BlockTransferService;
import org.apache.spark.network.shuffle.BlockStoreClient;
import org.apache.spark.shuffle.ShuffleManager;
import org.apache.spark.shuffle.efa.EfaShuffleManager;

/**
 * What a reduce task of this executor would fetch with: the plugin's client, or Spark's own. {@link #close} closes the former, which a
 * task has for itself, and not the latter, which all tasks share.
 */
final class FetchClient implements AutoCloseable {

    private final BlockStoreClient client;
    private final boolean ownsClient;

    private FetchClient(BlockStoreClient client, boolean ownsClient) {
        this.client = client;
        this.ownsClient = ownsClient;
    }

    static FetchClient open() {
        SparkEnv env = SparkEnv.get();
        return env.shuffleManager().getClass().getName().endsWith(".EfaShuffleManager")
                ? new FetchClient(Plugin.client(env.shuffleManager()), true)
                : new FetchClient(env.blockManager().blockStoreClient(), false);
    }

    BlockStoreClient client() {
        return client;
    }

    @Override
    public void close() throws IOException {
        if (ownsClient) {
            client.close();
        }
    }

    /** Apart, so that stock Spark never links it. */
    private static final class Plugin {

        static BlockTransferService client(ShuffleManager manager) {
            return ((EfaShuffleManager) manager).newClient();
        }
    }
}

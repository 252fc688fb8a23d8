package org.apache.spark.shuffle.efa;

import java.io.InputStream;
import java.util.NoSuchElementException;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.shuffle.ShuffleReadMetricsReporter;
import org.apache.spark.storage.BlockId;
import scala.Product2;
import scala.Tuple2;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/**
 * The records of all blocks, one block after the other, counted as they are read. Used by one task's thread.
 *
 * <p>Written out because the methods with which Spark composes this from Scala's iterators have other signatures in Scala
 * 2.12 than in 2.13.
 */
final class RecordIterator extends AbstractIterator<Product2<Object, Object>> {

    private final Iterator<Tuple2<BlockId, InputStream>> blocks;
    private final SerializerInstance serializer;
    private final ShuffleReadMetricsReporter metrics;
    private final Runnable onExhausted;

    private Iterator<Tuple2<Object, Object>> records = Iterator.empty();
    private boolean exhausted;

    /** @param onExhausted run once, when the last block has given its last record */
    RecordIterator(
            Iterator<Tuple2<BlockId, InputStream>> blocks,
            SerializerInstance serializer,
            ShuffleReadMetricsReporter metrics,
            Runnable onExhausted) {
        this.blocks = blocks;
        this.serializer = serializer;
        this.metrics = metrics;
        this.onExhausted = onExhausted;
    }

    @Override
    public boolean hasNext() {
        // The iterator of a block closes its stream when it has no more records.
        while (!records.hasNext()) {
            if (!blocks.hasNext()) {
                if (!exhausted) {
                    exhausted = true;
                    onExhausted.run();
                }
                return false;
            }
            records = serializer.deserializeStream(blocks.next()._2()).asKeyValueIterator();
        }
        return true;
    }

    @Override
    public Product2<Object, Object> next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all records of all blocks have been read");
        }
        Product2<Object, Object> next = records.next();
        metrics.incRecordsRead(1);
        return next;
    }
}

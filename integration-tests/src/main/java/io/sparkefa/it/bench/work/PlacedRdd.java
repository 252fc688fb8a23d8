package io.sparkefa.it.bench.work;

import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** An RDD as it is, whose tasks run in one executor. */
final class PlacedRdd<T> extends RDD<T> {
    private static final long serialVersionUID = 1;

    private final RDD<T> parent;
    private final String place;

    private PlacedRdd(JavaRDD<T> parent, Executor executor) {
        super(parent.rdd(), parent.classTag());
        this.parent = parent.rdd();
        this.place = executor.place();
    }

    static <T> JavaRDD<T> at(Executor executor, JavaRDD<T> rdd) {
        return new PlacedRdd<>(rdd, executor).toJavaRDD();
    }

    @Override
    public Partition[] getPartitions() {
        return parent.partitions();
    }

    @Override
    public Iterator<T> compute(Partition split, TaskContext context) {
        return parent.iterator(split, context);
    }

    @Override
    public Seq<String> getPreferredLocations(Partition split) {
        return CollectionConverters.asScala(List.of(place)).toSeq();
    }
}

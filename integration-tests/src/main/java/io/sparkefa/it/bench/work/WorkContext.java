package io.sparkefa.it.bench.work;

import io.sparkefa.it.app.ApplicationEvents;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** What {@link Work} may use. Main thread of the driver only. */
public final class WorkContext {

    private final SparkSession session;
    private final ApplicationEvents events;
    private final List<Executor> executors;

    /** @param hosts the hosts of the executors that there are, by their ids */
    WorkContext(SparkSession session, ApplicationEvents events, List<Tuple2<String, String>> hosts) {
        this.session = session;
        this.events = events;
        this.executors = hosts.stream()
                .map(host -> runAt(host._1(), host._2(), Executor::current))
                .sorted(Comparator.comparing(Executor::id))
                .toList();
    }

    public SparkSession session() {
        return session;
    }

    public ApplicationEvents events() {
        return events;
    }

    /** In the order of their ids, always the same. */
    public List<Executor> executors() {
        return executors;
    }

    /** By convention the executor whose blocks are fetched. */
    public Executor server() {
        return executors.get(0);
    }

    /** So many executors whose blocks are fetched, that one first. */
    public List<Executor> servers(int count) {
        List<Executor> servers = executors.stream()
                .filter(executor -> !executor.equals(reader()))
                .toList();
        return List.copyOf(servers.subList(0, count));
    }

    /** By convention the executor that fetches. */
    public Executor reader() {
        return executors.get(1);
    }

    /** Runs a task in this executor, and no other. */
    public <T> T runOn(Executor executor, ExecutorTask<T> task) {
        return runAt(executor.id(), executor.host(), task);
    }

    private <T> T runAt(String executorId, String host, ExecutorTask<T> task) {
        Seq<String> place = CollectionConverters.asScala(List.of(Executor.place(host, executorId)))
                .toSeq();
        Seq<Tuple2<Integer, Seq<String>>> one =
                CollectionConverters.asScala(List.of(new Tuple2<>(0, place))).toSeq();
        RDD<Integer> onePartition = session.sparkContext().makeRDD(one, ClassTag$.MODULE$.apply(Integer.class));
        return onePartition
                .toJavaRDD()
                .map(ignored -> {
                    String here = SparkEnv.get().executorId();
                    if (!here.equals(executorId)) {
                        throw new IllegalStateException("Spark ran a task for executor " + executorId + " in " + here);
                    }
                    return task.run();
                })
                .collect()
                .get(0);
    }
}

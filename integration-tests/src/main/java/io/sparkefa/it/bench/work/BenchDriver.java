package io.sparkefa.it.bench.work;

import io.sparkefa.it.app.ApplicationEvents;
import io.sparkefa.it.app.LiveExecutors;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * The driver of an application that is compared: when its executors are there it says who they are, then does {@link Work} after work
 * until its standard input ends. It speaks in serialized objects, over standard input and output.
 *
 * <p>Arguments: the number of executors to wait for.
 */
public final class BenchDriver {

    private static final Logger LOG = LoggerFactory.getLogger(BenchDriver.class);

    private BenchDriver() {}

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        // Whoever prints from now on prints into the log.
        System.setOut(System.err);
        int executorCount = Integer.parseInt(args[0]);
        SparkSession session = SparkSession.builder().getOrCreate();
        try (ObjectOutputStream out = new ObjectOutputStream(answers)) {
            WorkContext context = start(session, executorCount);
            send(out, new Answer(new ArrayList<>(context.executors()), null));
            serve(context, out);
        } finally {
            session.stop();
        }
    }

    private static WorkContext start(SparkSession session, int executorCount) {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        ApplicationEvents events = ApplicationEvents.current();
        new LiveExecutors(spark, events).awaitCount(executorCount);
        List<Tuple2<String, String>> hosts = new ArrayList<>();
        spark.sc()
                .env()
                .blockManager()
                .master()
                .getMemoryStatus()
                .keysIterator()
                .foreach(id -> {
                    if (!id.isDriver()) {
                        hosts.add(new Tuple2<>(id.executorId(), id.host()));
                    }
                    return null;
                });
        return new WorkContext(session, events, hosts);
    }

    private static void serve(WorkContext context, ObjectOutputStream out) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(System.in)) {
            while (true) {
                send(out, answer((Work<?>) in.readObject(), context));
            }
        } catch (EOFException e) {
            // The end, as agreed.
        }
    }

    private static Answer answer(Work<?> work, WorkContext context) {
        context.session().sparkContext().setJobDescription(work.toString());
        try {
            return new Answer(work.run(context), null);
        } catch (Exception | LinkageError | AssertionError e) {
            LOG.warn("{} failed", work, e);
            return new Answer(null, e.toString());
        }
    }

    private static void send(ObjectOutputStream out, Answer answer) throws IOException {
        out.writeObject(answer);
        out.flush();
        out.reset();
    }
}

package io.sparkefa.it.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The driver of an application under test, started by {@code spark-submit}: runs jobs one after another and writes a report.
 *
 * <p>Arguments: the report's file, the number of executors to wait for, then for each job its enum class and constant, as in {@code
 * io.sparkefa.it.jobs.RddJob.JOIN}.
 */
public final class ApplicationMain {

    private ApplicationMain() {}

    public static void main(String[] args) throws Exception {
        Path reportFile = Path.of(args[0]);
        int executorCount = Integer.parseInt(args[1]);
        SparkSession session = SparkSession.builder().getOrCreate();
        try {
            JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
            ApplicationEvents events = ApplicationEvents.current();
            LiveExecutors executors = new LiveExecutors(spark, events);
            executors.awaitCount(executorCount);
            JobContext context = new JobContext(session, spark, executors);
            List<JobReport> jobs = new ArrayList<>();
            for (String name : Arrays.asList(args).subList(2, args.length)) {
                jobs.add(run(jobNamed(name), context, events));
            }
            new ApplicationReport(
                            session.version(),
                            scala.util.Properties.versionNumberString(),
                            System.getProperty("java.version"),
                            jobs)
                    .write(reportFile);
        } finally {
            session.stop();
        }
    }

    private static JobReport run(Job job, JobContext context, ApplicationEvents events) throws Exception {
        context.session().sparkContext().setJobDescription(job.name());
        events.drain(context.session().sparkContext());
        long startNs = System.nanoTime();
        List<String> rows = List.of();
        @Nullable String error = null;
        try {
            rows = List.copyOf(job.run(context));
        } catch (Exception | AssertionError e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace, true));
            error = trace.toString();
        }
        long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
        TaskTotals totals = events.drain(context.session().sparkContext());
        Map<String, ExecutorState> states = context.executors().states();
        return new JobReport(job.name(), rows, error, elapsedMs, totals, states);
    }

    private static Job jobNamed(String name) throws ClassNotFoundException {
        int dot = name.lastIndexOf('.');
        Class<?> jobs = Class.forName(
                name.substring(0, dot), true, Thread.currentThread().getContextClassLoader());
        return Arrays.stream(jobs.getEnumConstants())
                .map(Job.class::cast)
                .filter(job -> job.name().equals(name.substring(dot + 1)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no job " + name));
    }
}

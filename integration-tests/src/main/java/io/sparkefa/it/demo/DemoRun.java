package io.sparkefa.it.demo;

import io.sparkefa.fabric.emulated.DeviceCounters;
import io.sparkefa.it.app.ApplicationReport;
import io.sparkefa.it.app.JobReport;
import io.sparkefa.it.app.TaskTotals;
import io.sparkefa.it.harness.SparkApplication;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * One run of the demo's job, and what is known about it afterwards.
 *
 * @param devices what the emulated EFA devices of its executors counted, by the names of EFA's driver; empty when there were none
 */
record DemoRun(ApplicationReport application, JobReport job, Map<String, Long> devices) {

    /**
     * Runs the job in an application of its own.
     *
     * @throws IllegalStateException when the job failed
     */
    static DemoRun of(SparkApplication application) throws IOException, InterruptedException {
        ApplicationReport report = application.run(DemoJob.JOIN_AGGREGATE_SORT);
        JobReport job = report.job(DemoJob.JOIN_AGGREGATE_SORT.name());
        if (job.error() != null) {
            throw new IllegalStateException("the job failed: " + job.error());
        }
        return new DemoRun(report, job, Map.of());
    }

    DemoRun with(DeviceCounters counters) {
        return new DemoRun(application, job, counters.values());
    }

    List<String> rows() {
        return job.rows();
    }

    TaskTotals totals() {
        return job.totals();
    }

    /** A counter of the plugin, summed over the executors; 0 without the plugin. */
    long counter(String name) {
        return job.executors().values().stream()
                .mapToLong(executor -> executor.counters().getOrDefault(name, 0L))
                .sum();
    }

    /** A counter of the devices, summed over the executors; 0 without devices. */
    long deviceCounter(String name) {
        return devices.getOrDefault(name, 0L);
    }
}

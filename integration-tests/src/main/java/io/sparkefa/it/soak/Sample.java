package io.sparkefa.it.soak;

import io.sparkefa.fabric.emulated.EmulatedDevices;
import io.sparkefa.it.app.JobContext;
import io.sparkefa.it.app.Vitals;
import io.sparkefa.it.jobs.EfaJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one executor had in use at one time.
 *
 * @param seconds since faults began
 * @param executor with this id
 */
public record Sample(long seconds, String executor, Map<String, Long> values) {

    /** Memory that is registered with emulated devices. */
    public static final String REGISTERED_BYTES = "registered.bytes";

    private static final String PREFIX = "sample";

    /** Of all executors. */
    static List<Sample> take(JobContext context, long startNs) {
        String devices = context.setting(EfaJob.DEVICES_KEY, "");
        List<Sample> samples = new ArrayList<>();
        context.executors().vitals().forEach((executor, vitals) -> {
            Map<String, Long> values = new TreeMap<>(vitals);
            if (!devices.isEmpty()) {
                values.put(REGISTERED_BYTES, registeredBytes(devices, vitals.getOrDefault(Vitals.PID, 0L)));
            }
            samples.add(new Sample(Duration.ofNanos(System.nanoTime() - startNs).toSeconds(), executor, values));
        });
        return samples;
    }

    private static long registeredBytes(String devices, long pid) {
        return EmulatedDevices.in(Path.of(devices)).counters(pid).get("emu_mr_bytes");
    }

    /** The samples among the rows of a {@link SoakJob}. */
    public static List<Sample> among(List<String> rows) {
        List<Sample> samples = new ArrayList<>();
        for (String row : rows) {
            String[] words = row.split(" ", -1);
            if (words[0].equals(PREFIX)) {
                Map<String, Long> values = new TreeMap<>();
                for (int i = 3; i < words.length; i++) {
                    int equals = words[i].indexOf('=');
                    values.put(words[i].substring(0, equals), Long.valueOf(words[i].substring(equals + 1)));
                }
                samples.add(new Sample(Long.parseLong(words[1]), words[2], values));
            }
        }
        return samples;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(PREFIX + " " + seconds + " " + executor);
        values.forEach(
                (name, value) -> text.append(' ').append(name).append('=').append(value));
        return text.toString();
    }
}

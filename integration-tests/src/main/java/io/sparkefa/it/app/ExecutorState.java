package io.sparkefa.it.app;

import java.io.Serializable;
import java.util.Map;

/**
 * What an executor says about itself.
 *
 * @param counters the plugin's counters since the executor started, by metric name; empty without the plugin
 */
public record ExecutorState(String id, long pid, String shuffleManager, Map<String, Long> counters)
        implements Serializable {}

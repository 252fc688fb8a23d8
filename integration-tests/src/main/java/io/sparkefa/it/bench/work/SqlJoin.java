package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Joins two tables by sorting and merging, all of it: both are shuffled, with wide rows, and every row meets one of the other table.
 *
 * @param rows of each table
 * @param partitions of both sides of the shuffle
 * @param durationMs for how long the query is run again; 0 for once
 */
public record SqlJoin(long rows, int partitions, long durationMs) implements Work<Figures> {

    private static final int ROW_BYTES = 1000;

    @Override
    public Figures run(WorkContext context) throws Exception {
        SparkSession session = context.session();
        session.conf().set("spark.sql.shuffle.partitions", Integer.toString(partitions));
        session.conf().set("spark.sql.autoBroadcastJoinThreshold", "-1");
        String query = query();
        return new StageFigures(context)
                .measure(
                        () -> {
                            List<Row> counted = session.sql(query).collectAsList();
                            if (counted.get(0).getLong(0) != rows) {
                                throw new IllegalStateException(
                                        "the join has " + counted.get(0) + " rows, not " + rows);
                            }
                        },
                        durationMs);
    }

    /** Rows so wide that most of the work is moving them, and neither made nor measured byte by byte, as rpad and length do. */
    private String query() {
        String table = "(SELECT id, repeat(cast(id % 10 AS string), " + ROW_BYTES + ") AS note FROM range(0, " + rows
                + ", 1, " + partitions + "))";
        return "SELECT count(*), sum(octet_length(a.note) + octet_length(b.note)) FROM " + table + " a JOIN " + table
                + " b ON a.id = b.id";
    }
}

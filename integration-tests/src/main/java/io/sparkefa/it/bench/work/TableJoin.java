package io.sparkefa.it.bench.work;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Two tables with wide rows, joined by Spark SQL: both sides are shuffled, and every row meets one of the other table. Each table is
 * in half of the map outputs.
 */
final class TableJoin {
    private static final StructType COLUMNS =
            new StructType().add("id", DataTypes.LongType).add("note", DataTypes.StringType);

    private TableJoin() {}

    static JavaRDD<Long> read(JobData data, WorkContext context, Executor from, Executor to) {
        SparkSession session = context.session();
        session.conf().set("spark.sql.shuffle.partitions", Integer.toString(data.reducers()));
        session.conf().set("spark.sql.autoBroadcastJoinThreshold", "-1");
        // It would write when it is planned, and join the blocks of several partitions.
        session.conf().set("spark.sql.adaptive.enabled", "false");
        Dataset<Row> lengths = table(data, session, from)
                .as("a")
                .join(table(data, session, from).as("b"), "id")
                .selectExpr("octet_length(a.note) + octet_length(b.note)");
        // As they are: each task would generate code that makes rows of them.
        JavaRDD<InternalRow> rows = lengths.queryExecution().toRdd().toJavaRDD();
        return PlacedRdd.at(to, rows).mapPartitions(TableJoin::sum);
    }

    private static Dataset<Row> table(JobData data, SparkSession session, Executor at) {
        int maps = data.maps() / 2;
        long rows = (long) maps * data.reducers() * (data.blockBytes() / data.recordBytes());
        int recordBytes = data.recordBytes();
        JavaRDD<Row> rowsThere = session.sparkContext()
                .range(0, rows, 1, maps)
                .toJavaRDD()
                .map(id -> RowFactory.create(id, Long.toString((long) id % 10).repeat(recordBytes)));
        return session.createDataFrame(PlacedRdd.at(at, rowsThere), COLUMNS);
    }

    private static Iterator<Long> sum(Iterator<InternalRow> lengths) {
        long bytes = 0;
        while (lengths.hasNext()) {
            bytes += lengths.next().getInt(0);
        }
        return List.of(bytes).iterator();
    }
}

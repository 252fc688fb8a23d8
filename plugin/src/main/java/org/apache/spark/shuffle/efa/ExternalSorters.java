package org.apache.spark.shuffle.efa;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import org.apache.spark.Aggregator;
import org.apache.spark.TaskContext;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.util.collection.ExternalSorter;
import scala.Option;
import scala.math.Ordering;

/**
 * Makes Spark's {@link ExternalSorter} on every Spark line. Since Spark 4.1 its constructor has a sixth parameter, the row
 * checksums that map tasks compute; a reader has none.
 */
final class ExternalSorters {

    private static final MethodHandle CONSTRUCTOR = find();

    private ExternalSorters() {}

    @SuppressWarnings("unchecked") // the constructor's own type parameters
    static <K, V, C> ExternalSorter<K, V, C> create(
            TaskContext context,
            Option<Aggregator<K, V, C>> aggregator,
            Option<Ordering<K>> ordering,
            Serializer serializer) {
        try {
            return (ExternalSorter<K, V, C>)
                    CONSTRUCTOR.invoke(context, aggregator, Option.empty(), ordering, serializer);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("Spark's ExternalSorter could not be made", e);
        }
    }

    private static MethodHandle find() {
        Constructor<?> constructor = Arrays.stream(ExternalSorter.class.getConstructors())
                .filter(candidate -> candidate.getParameterCount() >= 5)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this Spark's ExternalSorter has no known constructor"));
        try {
            MethodHandle handle = MethodHandles.lookup().unreflectConstructor(constructor);
            Class<?>[] parameters = constructor.getParameterTypes();
            return parameters.length == 5
                    ? handle
                    : MethodHandles.insertArguments(handle, 5, Array.newInstance(parameters[5].getComponentType(), 0));
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("this Spark's ExternalSorter has no public constructor", e);
        }
    }
}

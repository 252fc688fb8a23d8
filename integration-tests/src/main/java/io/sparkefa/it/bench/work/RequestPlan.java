package io.sparkefa.it.bench.work;

import java.util.ArrayList;
import java.util.List;

/** Requests that ask once for each block of a {@link DataSet}. Immutable. */
final class RequestPlan {
    private final List<String[]> requests = new ArrayList<>();

    RequestPlan(DataSet data, StreamShape shape) {
        int perRequest = shape.blocksPerRequest(data);
        List<String> request = new ArrayList<>();
        for (long index = 0; index < data.blocks(); index++) {
            request.add(
                    switch (shape.order()) {
                        case BY_REDUCER -> data.blockId(index % data.maps(), (int) (index / data.maps()));
                        case BY_MAP -> data.blockId(index / data.reducers(), (int) (index % data.reducers()));
                    });
            if (request.size() == perRequest || index == data.blocks() - 1) {
                requests.add(request.toArray(String[]::new));
                request.clear();
            }
        }
    }

    int size() {
        return requests.size();
    }

    /** Goes round and round. The array is shared. */
    String[] request(long index) {
        return requests.get((int) (index % requests.size()));
    }
}

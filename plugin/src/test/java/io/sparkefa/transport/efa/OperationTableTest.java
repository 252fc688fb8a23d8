package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OperationTableTest {

    private static final Rail.Operation NOTHING = new Rail.Operation() {
        @Override
        public void onDone() {}

        @Override
        public void onFailed(RailFailure failure) {}
    };

    private final OperationTable table = new OperationTable(4);
    private final Peer peer = new Peer(1, new byte[0]);

    private long add() {
        return table.add(NOTHING, peer, OperationTable.Slot.NO_BUFFER, 10).context();
    }

    private void remove(long context) {
        table.remove(Objects.requireNonNull(table.find(context)));
    }

    @Test
    void anOperationIsFoundUntilItIsRemoved() {
        long context = add();
        OperationTable.Slot slot = Objects.requireNonNull(table.find(context));
        assertThat(slot.operation()).isSameAs(NOTHING);
        assertThat(slot.peer()).isSameAs(peer);
        assertThat(slot.isRead()).isTrue();
        remove(context);
        assertThat(table.find(context)).isNull();
        assertThat(table.count()).isZero();
    }

    @Test
    void aSlotIsNeverUsedForTheSameContextAgain() {
        Set<Long> contexts = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            long context = add();
            assertThat(contexts.add(context)).isTrue();
            remove(context);
        }
        assertThat(contexts)
                .allSatisfy(context -> assertThat(table.find(context)).isNull());
    }

    @Test
    void noOtherNumberFindsAnything() {
        long context = add();
        for (long other :
                new long[] {0, 1, -1, context + 1, context & 0xff, Long.MIN_VALUE | context, Long.MAX_VALUE}) {
            assertThat(table.find(other)).as("%x", other).isNull();
        }
    }

    @Test
    void itIsFullWhenItIs() {
        for (int i = 0; i < 4; i++) {
            assertThat(table.isFull()).isFalse();
            add();
        }
        assertThat(table.isFull()).isTrue();
        assertThatThrownBy(this::add).isInstanceOf(IllegalStateException.class);
        for (int left = 4; left > 0; left--) {
            assertThat(table.count()).isEqualTo(left);
            table.remove(Objects.requireNonNull(table.first()));
        }
        assertThat(table.first()).isNull();
    }
}

package io.sparkefa.transport.efa;

/** As {@link FakeSessionAttackTest}, where sessions are encrypted. */
final class EncryptedFakeSessionAttackTest extends FakeSessionAttackTest {

    @Override
    boolean isEncrypted() {
        return true;
    }
}

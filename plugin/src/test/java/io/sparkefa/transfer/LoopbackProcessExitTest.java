package io.sparkefa.transfer;

final class LoopbackProcessExitTest extends ProcessExitContractTest {

    @Override
    String kind() {
        return "loopback";
    }
}

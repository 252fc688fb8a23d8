package io.sparkefa.transfer;

final class SocketProcessExitTest extends ProcessExitContractTest {

    @Override
    String kind() {
        return "sockets";
    }
}

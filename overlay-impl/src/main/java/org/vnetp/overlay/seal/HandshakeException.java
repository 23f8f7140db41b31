package org.vnetp.overlay.seal;

/// A handshake's message that is not what it should be.
final class HandshakeException extends Exception {
    private static final long serialVersionUID = 1;

    HandshakeException(String message) {
        super(message);
    }

    HandshakeException(String message, Throwable cause) {
        super(message, cause);
    }
}

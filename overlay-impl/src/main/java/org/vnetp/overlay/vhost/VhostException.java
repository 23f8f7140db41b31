package org.vnetp.overlay.vhost;

/// A frontend has broken the protocol; its connection ends. The message says what was expected and what
/// came.
public final class VhostException extends Exception {
    private static final long serialVersionUID = 1;

    public VhostException(String message) {
        super(message);
    }
}

package org.vnetp.macrobench.testbed;

/// The testbed could not be brought up, or something it needs failed.
public class TestbedException extends RuntimeException {
    public TestbedException(String message) {
        super(message);
    }

    public TestbedException(String message, Throwable cause) {
        super(message, cause);
    }
}

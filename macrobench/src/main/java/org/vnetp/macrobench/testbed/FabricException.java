package org.vnetp.macrobench.testbed;

/// A fabric did not come up or has died. The message names the fabric and the process and ends with
/// its log's last lines. Other fabrics of the testbed are not affected.
public class FabricException extends TestbedException {
    public FabricException(String message) {
        super(message);
    }

    public FabricException(String message, Throwable cause) {
        super(message, cause);
    }
}

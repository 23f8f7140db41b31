package org.vnetp.macrobench.testbed;

/// This machine lacks a tool, a privilege or a kernel feature. The programs of the suite end with
/// exit code 4.
public class UnavailableException extends TestbedException {
    private final String mend;

    /// @param lack what is missing and why it is needed
    /// @param mend the command that mends it, or a sentence where no command does
    public UnavailableException(String lack, String mend) {
        super(lack + "; to mend: " + mend);
        this.mend = mend;
    }

    public String mend() {
        return mend;
    }
}

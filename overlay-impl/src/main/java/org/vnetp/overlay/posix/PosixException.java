package org.vnetp.overlay.posix;

/// A system call failed while something was set up. The message names the call's purpose and the error.
public final class PosixException extends RuntimeException {
    private final int errno;

    /// @param what what was tried, with its arguments, as a user understands it
    public PosixException(String what, int errno) {
        super(what + ": " + Errno.text(errno));
        this.errno = errno;
    }

    /// The error number, see [Errno].
    public int errno() {
        return errno;
    }
}

package org.vnetp.reports.result;

import java.io.IOException;
import java.nio.file.Path;

/// A file of a result directory is missing or cannot be understood; the message names file, line and what was expected.
public final class ResultException extends IOException {
    private static final long serialVersionUID = 1L;

    public ResultException(Path file, String what) {
        super(file + ": " + what);
    }

    public ResultException(Path file, long line, String what) {
        super(file + ":" + line + ": " + what);
    }

    public ResultException(Path file, long line, String what, Throwable cause) {
        super(file + ":" + line + ": " + what, cause);
    }

    public ResultException(Path file, String what, Throwable cause) {
        super(file + ": " + what, cause);
    }

    /// What a parser complains about, without the places it repeats.
    static String plain(tools.jackson.core.JacksonException e) {
        return e.getOriginalMessage().replaceAll(" \\(for \\w+ starting at .*", "");
    }
}

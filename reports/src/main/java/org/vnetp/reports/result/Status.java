package org.vnetp.reports.result;

import java.util.Locale;

/// How a run ended. Only [#OK] values are ever shown as numbers; the others are shown by their [#text()].
public enum Status {
    /// Ran to its end, verified, and its bytes crossed the fabric under test.
    OK,
    /// Ran to its end, but its own verification refused the answer, or could not be performed.
    UNVERIFIED,
    /// Did not run to its end, or its output could not be read.
    FAILED,
    /// Ran, but the counters show that its bytes did not cross the fabric under test.
    NOT_ON_PATH,
    /// Killed at its time limit.
    TIMEOUT,
    /// Not run; the reason says why.
    SKIPPED;

    /// The word of this status in files and tables: `ok`, `not-on-path`, ...
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The status written as `text`.
    ///
    /// @throws IllegalArgumentException naming the word and the legal ones
    public static Status of(String text) {
        for (Status status : values()) {
            if (status.text().equals(text)) {
                return status;
            }
        }
        throw new IllegalArgumentException(
                "status '" + text + "' is none of ok, unverified, failed, not-on-path, timeout, skipped");
    }
}

package org.vnetp.reports.history;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Instants in file names: whole seconds, without the colons that not every file system takes.
final class Instants {
    private static final DateTimeFormatter COMPACT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Instants() {}

    static boolean legal(String text) {
        try {
            int year = Instant.parse(text).atZone(ZoneOffset.UTC).getYear();
            return year >= 1970 && year <= 9999;
        } catch (DateTimeException e) {
            return false; // the caller says what was expected
        }
    }

    /// `2026-11-27T02:56:00.123Z` as `20261127T025600Z`.
    static String compact(String instant) {
        return COMPACT.format(Instant.parse(instant));
    }

    /// `2026-11-27T02:56:00.123Z` as `2026-11-27 02:56`, for readers.
    static String minutes(String instant) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(Instant.parse(instant));
    }
}

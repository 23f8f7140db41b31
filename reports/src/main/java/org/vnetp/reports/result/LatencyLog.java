package org.vnetp.reports.result;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/// A latency histogram log (`latency/*.hlog`) of one run, in nanoseconds.
public final class LatencyLog {
    private LatencyLog() {}

    /// Adds all intervals of a log to `sum`.
    ///
    /// @throws ResultException naming the file where it is no histogram log
    public static void addTo(Histogram sum, Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int found = 0;
        try {
            HistogramLogReader reader = new HistogramLogReader(new ByteArrayInputStream(bytes));
            for (EncodableHistogram next = reader.nextIntervalHistogram();
                    next != null;
                    next = reader.nextIntervalHistogram()) {
                if (!(next instanceof Histogram histogram)) {
                    throw new ResultException(file, "expected histograms of whole numbers (ns)");
                }
                sum.add(histogram);
                found++;
            }
        } catch (UncheckedIOException e) {
            throw new ResultException(file, "not a histogram log", e);
        } catch (RuntimeException e) { // what the reader throws on lines it does not understand
            throw new ResultException(file, "not a histogram log: " + e.getMessage(), e);
        }
        if (found == 0) {
            throw new ResultException(file, "holds no histogram");
        }
    }
}

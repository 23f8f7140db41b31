package org.vnetp.overlay;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Quantity;
import org.vnetp.overlay.stats.JsonWriter;

/// A file with what is known of each link, a line of JSON a link and second. When it has half of
/// the bytes that it may have it becomes `FILE.1`, in the place of the one before, and a new one
/// begins.
///
/// **Thread:** one at a time.
final class MeasurementLog implements AutoCloseable {
    private final Path file;
    private final long most;
    private final Consumer<String> log;
    private Writer out;
    private long written;

    /// @param most bytes, of both files together
    /// @param log  told once where the file cannot be written any more
    /// @throws IOException where it cannot be written at all
    MeasurementLog(Path file, long most, Consumer<String> log) throws IOException {
        this.file = file;
        this.most = most;
        this.log = log;
        open();
    }

    private void open() throws IOException {
        out = Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        written = Files.size(file);
    }

    /// Adds a line for each link.
    ///
    /// @param timeOfDayNs since 1970
    void write(String node, long timeOfDayNs, List<LinkReport> links) {
        if (out == null) {
            return;
        }
        try {
            for (LinkReport link : links) {
                String line = line(node, timeOfDayNs, link);
                if (written > 0 && written + line.length() > most / 2) {
                    out.close();
                    Files.move(file, Path.of(file + ".1"), StandardCopyOption.REPLACE_EXISTING);
                    open();
                }
                out.write(line);
                written += line.length();
            }
            out.flush();
        } catch (IOException e) {
            log.accept("measure log " + file + ": cannot be written any more: " + e);
            close();
        }
    }

    private static String line(String node, long timeOfDayNs, LinkReport link) {
        JsonWriter json = new JsonWriter()
                .object()
                .field("time_ns", timeOfDayNs)
                .field("node", node)
                .field("link", link.link());
        for (Map.Entry<Quantity, Estimate> each : link.values().entrySet()) {
            Estimate value = each.getValue();
            json.field(each.getKey().label(), value.value());
            if (value.atLeast()) {
                json.field(each.getKey().label() + "_at_least", true);
            }
        }
        return json.end() + "\n";
    }

    @Override
    public void close() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                log.accept("measure log " + file + ": " + e);
            }
            out = null;
        }
    }
}

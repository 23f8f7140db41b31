package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vnetp.overlay.stats.BatchHistogram;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.JsonWriter;
import org.vnetp.overlay.stats.LastRefused;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.Snapshot;

/// The answer of `show stats`.
final class ShownStats {
    private ShownStats() {}

    static String of(Snapshot now, Snapshot before, boolean json) {
        return json ? json(now) : text(now, before);
    }

    private static String json(Snapshot now) {
        JsonWriter out = new JsonWriter()
                .object()
                .field("node", now.node())
                .field("time_ns", now.timeNs())
                .array("ports");
        for (Snapshot.Port port : now.ports()) {
            out.object()
                    .field("kind", port.port().kind())
                    .field("name", port.port().name());
            for (PortCounter counter : PortCounter.values()) {
                out.field(counter.label(), port.get(counter));
            }
            out.end();
        }
        out.end().field("drops_total", now.dropsTotal()).object("drops");
        for (DropReason reason : DropReason.values()) {
            out.field(reason.label(), now.drops(reason));
        }
        out.end().object("refused");
        for (LastRefused.Refusal last : now.refused().values()) {
            Refusals.write(out, now, last);
        }
        out.end().array("loops");
        for (Snapshot.Loop loop : now.loops()) {
            out.object().field("name", loop.name());
            for (LoopCounter counter : LoopCounter.values()) {
                out.field(counter.label(), loop.get(counter));
            }
            out.array("batches");
            Arrays.stream(loop.batches()).forEach(out::value);
            out.end().field("batch_frames", loop.batchFrames()).end();
        }
        return out.end().end().toString();
    }

    private static String text(Snapshot now, Snapshot before) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {
            "port",
            "frames in",
            "bytes in",
            "frames out",
            "bytes out",
            "super in",
            "super out",
            "gro",
            "gso",
            "errors",
            "frames/s",
            "Mbit/s"
        });
        double seconds = before == null ? 0 : (now.timeNs() - before.timeNs()) / 1e9;
        for (Snapshot.Port port : now.ports()) {
            Snapshot.Port old = before == null
                    ? null
                    : before.ports().stream()
                            .filter(p -> p.port().equals(port.port()))
                            .findFirst()
                            .orElse(null);
            boolean rate = old != null && seconds > 0;
            List<String> cells = new ArrayList<>();
            cells.add(port.port().kind() + " " + port.port().name());
            for (PortCounter counter : List.of(
                    PortCounter.FRAMES_IN,
                    PortCounter.BYTES_IN,
                    PortCounter.FRAMES_OUT,
                    PortCounter.BYTES_OUT,
                    PortCounter.SUPERFRAMES_IN,
                    PortCounter.SUPERFRAMES_OUT,
                    PortCounter.GRO_RECEIVES,
                    PortCounter.GSO_SENDS,
                    PortCounter.ERRORS)) {
                cells.add(Long.toString(port.get(counter)));
            }
            cells.add(
                    rate
                            ? TextTable.decimal(
                                    since(port, old, PortCounter.FRAMES_IN, PortCounter.FRAMES_OUT) / seconds)
                            : "-");
            cells.add(
                    rate
                            ? TextTable.decimal(
                                    since(port, old, PortCounter.BYTES_IN, PortCounter.BYTES_OUT) * 8 / 1e6 / seconds)
                            : "-");
            rows.add(cells.toArray(String[]::new));
        }
        StringBuilder text = new StringBuilder(TextTable.of(rows));
        if (seconds > 0) {
            text.append("\nrates over the ")
                    .append(TextTable.decimal(seconds))
                    .append(" s since the last 'show stats'");
        }
        text.append("\ndrops ").append(now.dropsTotal());
        for (DropReason reason : DropReason.values()) {
            if (now.drops(reason) > 0) {
                text.append("\n  ").append(reason.label()).append(' ').append(now.drops(reason));
                text.append("  (").append(reason.description());
                LastRefused.Refusal last = now.refused().get(reason);
                text.append(last == null ? "" : "; " + Refusals.text(now, last)).append(')');
            }
        }
        for (Snapshot.Loop loop : now.loops()) {
            text.append("\nloop ").append(loop.name());
            for (LoopCounter counter : LoopCounter.values()) {
                if (loop.get(counter) > 0) {
                    text.append(' ').append(counter.label()).append('=').append(loop.get(counter));
                }
            }
            text.append("\n  frames a round:");
            for (int i = 0; i < loop.batches().length; i++) {
                if (loop.batches()[i] > 0) {
                    int bound = BatchHistogram.upperBound(i);
                    text.append(bound == Integer.MAX_VALUE ? " more:" : " <=" + bound + ":")
                            .append(loop.batches()[i]);
                }
            }
        }
        return text.toString();
    }

    private static double since(Snapshot.Port now, Snapshot.Port old, PortCounter in, PortCounter out) {
        return (double) (now.get(in) - old.get(in) + now.get(out) - old.get(out));
    }
}

package org.vnetp.overlay.control;

import java.util.Locale;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.JsonWriter;
import org.vnetp.overlay.stats.LastRefused;
import org.vnetp.overlay.stats.Snapshot;

/// Who was refused last, beside the counts of `show stats`.
final class Refusals {
    private Refusals() {}

    /// As in `last 10.1.0.9:4789, 0.4 s ago`.
    static String text(Snapshot now, LastRefused.Refusal last) {
        return "last " + what(now, last)
                + String.format(Locale.ROOT, ", %.1f s ago", (now.timeNs() - last.timeNs()) / 1e9);
    }

    private static String what(Snapshot now, LastRefused.Refusal last) {
        return switch (last.kind()) {
            case SENDER -> {
                String host = last.address().getHostAddress();
                yield (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + last.udpPort();
            }
            case FRAME ->
                MacAddress.format(last.first()) + " to " + MacAddress.format(last.second()) + " from "
                        + where(now, last);
            case DATAGRAM -> {
                String field = field(last.reason());
                yield (field == null ? "" : field + " " + last.first() + " ") + "on " + where(now, last);
            }
        };
    }

    /// What the number of a refused datagram is, or null where it is none.
    private static String field(DropReason reason) {
        return switch (reason) {
            case BAD_VERSION -> "version";
            case WRONG_NETWORK -> "network";
            default -> null;
        };
    }

    private static String where(Snapshot now, LastRefused.Refusal last) {
        return now.ports().stream()
                .map(Snapshot.Port::port)
                .filter(port -> port.id() == last.port())
                .map(port -> port.kind() + " " + port.name())
                .findFirst()
                .orElse("a port that is gone");
    }

    /// One field, named as the reason, with an object.
    static void write(JsonWriter out, Snapshot now, LastRefused.Refusal last) {
        out.object(last.reason().label()).field("age_ns", now.timeNs() - last.timeNs());
        switch (last.kind()) {
            case SENDER -> out.field("address", last.address().getHostAddress()).field("port", last.udpPort());
            case FRAME ->
                out.field("at", where(now, last))
                        .field("source", MacAddress.format(last.first()))
                        .field("destination", MacAddress.format(last.second()));
            case DATAGRAM -> {
                out.field("at", where(now, last));
                if (field(last.reason()) != null) {
                    out.field(field(last.reason()), last.first());
                }
            }
        }
        out.end();
    }
}

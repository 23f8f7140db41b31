package org.vnetp.overlay.control;

import java.util.Locale;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LoopScheduling;
import org.vnetp.overlay.stats.JsonWriter;

/// The answer of `show dispatch`.
final class ShownDispatch {
    private ShownDispatch() {}

    static String of(DispatchReport report, boolean json) {
        return json ? json(report) : text(report);
    }

    private static String json(DispatchReport report) {
        DispatchSettings s = report.settings();
        JsonWriter out = new JsonWriter()
                .object()
                .field("mode_out", s.out().label())
                .field("mode_in", s.in().label())
                .field("alpha_l", s.alphaL())
                .field("alpha_u", s.alphaU())
                .field("omega_ns", s.omegaNs())
                .field("yield", s.yield().label())
                .field("t_sleep_ns", s.tSleepNs())
                .field("t_noyield", s.tNoyieldRounds())
                .field("dispatchers", s.dispatchers())
                .field("batch", s.batch())
                .field("optimistic", s.optimistic())
                .field("cut_through", s.cutThrough())
                .field("policy", s.scheduling().label())
                .field("nice", s.scheduling().nice())
                .field("slice_ns", s.scheduling().sliceNs())
                .field("cpus", LoopScheduling.list(s.scheduling().cpus()))
                .array("directions");
        for (DispatchReport.Direction d : report.directions()) {
            out.object()
                    .field("loop", d.loop())
                    .field("direction", d.direction())
                    .field("state", d.state().label())
                    .field("packets_per_second", d.packetsPerSecond())
                    .field("switches", d.switches())
                    .field("held_back", d.heldBack())
                    .array("recent");
            for (DispatchReport.Switch each : d.recent()) {
                out.object()
                        .field("seconds_ago", each.secondsAgo())
                        .field("to", each.to().label())
                        .field("packets_per_second", each.packetsPerSecond())
                        .field("cause", each.cause())
                        .end();
            }
            out.end().end();
        }
        out.end().array("machines");
        for (DispatchReport.Machine m : report.machines()) {
            out.object()
                    .field("nic", m.nic())
                    .field("sent", m.sent())
                    .field("received", m.received())
                    .field("kicks", m.kicks())
                    .field("calls", m.calls())
                    .field("early_calls", m.early())
                    .field("frames_a_kick", m.framesAKick())
                    .field("copied", m.copied())
                    .field("copies_a_frame_sent", m.copiesAFrameSent())
                    .field("empty_polls", m.emptyPolls())
                    .end();
        }
        return out.end().end().toString();
    }

    private static String text(DispatchReport report) {
        DispatchSettings s = report.settings();
        StringBuilder text = new StringBuilder("dispatch mode-out ")
                .append(s.out().label())
                .append(" mode-in ")
                .append(s.in().label())
                .append(" alpha-l ")
                .append(s.alphaL())
                .append(" alpha-u ")
                .append(s.alphaU())
                .append(" omega ")
                .append(Durations.format(s.omegaNs()))
                .append(" yield ")
                .append(s.yield().label())
                .append(" t-sleep ")
                .append(Durations.format(s.tSleepNs()))
                .append(" t-noyield ")
                .append(s.tNoyieldRounds())
                .append(" dispatchers ")
                .append(s.dispatchers())
                .append(" batch ")
                .append(s.batch())
                .append(" optimistic ")
                .append(s.optimistic() ? "on" : "off")
                .append(" cut-through ")
                .append(s.cutThrough() ? "on" : "off")
                .append(" policy ")
                .append(s.scheduling().label())
                .append(" nice ")
                .append(s.scheduling().nice())
                .append(" slice ")
                .append(
                        s.scheduling().sliceNs() == 0
                                ? "auto"
                                : Durations.format(s.scheduling().sliceNs()))
                .append(" cpus ")
                .append(LoopScheduling.list(s.scheduling().cpus()));
        for (DispatchReport.Direction d : report.directions()) {
            text.append('\n').append(d.loop()).append(' ').append(d.direction());
            text.append(": ").append(d.state().label()).append("-driven, ");
            text.append(TextTable.decimal(d.packetsPerSecond())).append(" packets/s, ");
            text.append(d.switches()).append(" switches");
            if (d.heldBack() > 0) {
                text.append(", held back ").append(d.heldBack()).append(" times: no processor to spare");
            }
            for (DispatchReport.Switch each : d.recent()) {
                text.append("\n  ").append(TextTable.decimal(each.secondsAgo())).append(" s ago to ");
                text.append(each.to().label()).append("-driven: ").append(each.cause());
            }
        }
        for (DispatchReport.Machine m : report.machines()) {
            text.append("\nnic ").append(m.nic()).append(": ").append(m.sent()).append(" frames sent, ");
            text.append(String.format(Locale.ROOT, "%.2f copies each, ", m.copiesAFrameSent()));
            text.append(m.kicks()).append(" kicks (");
            text.append(TextTable.decimal(m.framesAKick())).append(" frames each); ");
            text.append(m.received()).append(" received, one copy each, ");
            text.append(m.calls()).append(" calls, ");
            text.append(m.early()).append(" early; ").append(m.emptyPolls()).append(" empty polls");
        }
        return text.toString();
    }
}

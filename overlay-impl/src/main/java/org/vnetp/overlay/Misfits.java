package org.vnetp.overlay;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.encap.VnetHeader;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LastRefused;

/// Says where the other end of a link does not fit this one: another wire format, or another version of it. Such links
/// stay silent until an operator mends one of the ends, so it is said, once a link.
///
/// **Thread:** the node's, with its lock held, but for [#hear].
final class Misfits {
    private final Consumer<String> log;
    private final Queue<LastRefused.Refusal> heard = new ConcurrentLinkedQueue<>();
    private final Set<String> said = new HashSet<>();

    /// @param log takes a line about what an operator should know
    Misfits(Consumer<String> log) {
        this.log = log;
    }

    /// A loop refuses something for the first time; its thread calls this.
    void hear(LastRefused.Refusal refusal) {
        heard.add(refusal);
    }

    /// Says what was heard.
    void say(Collection<NodeConfig.Link> links) {
        for (LastRefused.Refusal last = heard.poll(); last != null; last = heard.poll()) {
            if (!isOfThisVersion(last)) {
                say(last, links);
            }
        }
    }

    /// Another reserved flag, perhaps: nobody's release can be told from that.
    private static boolean isOfThisVersion(LastRefused.Refusal last) {
        return last.reason() == DropReason.BAD_VERSION && last.first() == VnetHeader.VERSION;
    }

    private void say(LastRefused.Refusal last, Collection<NodeConfig.Link> links) {
        for (NodeConfig.Link link : links) {
            if (isOf(last, link)) {
                String format = link.encapsulation().name().toLowerCase(Locale.ROOT);
                String text = "link " + link.name() + ": "
                        + (isOfSeals(last)
                                ? last.reason() == DropReason.UNSEALED
                                        ? "this end is sealed (key), its other end is not: both must be"
                                        : "its other end is sealed (key), this end is not: both must be"
                                : last.reason() == DropReason.OTHER_FORMAT
                                        ? "its other end sends another wire format than this link's 'encap " + format
                                                + "'"
                                        : "its node speaks version " + last.first()
                                                + " of the vnet format, this one version " + VnetHeader.VERSION
                                                + ": both need the same release")
                        + "; nothing goes through";
                if (said.add(text)) {
                    log.accept(text);
                }
            }
        }
    }

    private static boolean isOfSeals(LastRefused.Refusal last) {
        return last.reason() == DropReason.UNSEALED
                || last.reason() == DropReason.BAD_VERSION && last.first() == SealedHeader.VERSION;
    }

    private static boolean isOf(LastRefused.Refusal last, NodeConfig.Link link) {
        return last.kind() == LastRefused.Kind.SENDER
                ? last.address().equals(link.endpoint().address())
                : last.port() == link.port();
    }
}

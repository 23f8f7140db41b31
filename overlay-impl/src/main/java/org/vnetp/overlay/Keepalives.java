package org.vnetp.overlay;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;

/// Sees to it that links which must not be silent are not: [Keepalive] says when something is due, and an echo goes
/// then, which the peer answers.
///
/// **Thread:** control's, one at a time.
final class Keepalives {
    private final Loops loops;
    private final LongSupplier clock;
    private final Map<Integer, Keepalive> byPort = new HashMap<>();

    /// @param clock monotonic, nanoseconds
    Keepalives(Loops loops, LongSupplier clock) {
        this.loops = loops;
        this.clock = clock;
    }

    /// Says what is due, on the links that there are now.
    ///
    /// @param ports knows which loop reads a link
    /// @return nanoseconds until the next time; [Long#MAX_VALUE] where no link has to say anything
    long attend(Collection<OpenLink> links, LinkPorts ports) {
        byPort.keySet().retainAll(links.stream().map(OpenLink::port).collect(Collectors.toSet()));
        long next = Long.MAX_VALUE;
        for (OpenLink link : links) {
            OptionalLong everyNs = link.config().keepaliveNs();
            if (everyNs.isEmpty() || link.keys() == null) {
                continue;
            }
            long now = clock.getAsLong();
            int port = link.port();
            Keepalive each = byPort.computeIfAbsent(port, _ -> new Keepalive(everyNs.getAsLong(), now));
            Keepalive.Due due =
                    each.look(now, counted(port, PortCounter.DATAGRAMS_OUT), counted(port, PortCounter.DATAGRAMS_IN));
            if (due == Keepalive.Due.DOUBT) {
                link.keys().doubt();
            }
            if (due != Keepalive.Due.NOTHING) {
                DispatchLoop loop = loops.get(ports.reader(link.config()));
                loop.execute(() -> {
                    link.meter().wantEchoes();
                    loop.say(port);
                });
            }
            next = Math.min(next, each.dueIn(now));
        }
        return next;
    }

    private long counted(int port, PortCounter counter) {
        long sum = 0;
        for (LoopStatistics counts : loops.statistics()) {
            sum += counts.port(port).get(counter);
        }
        return sum;
    }

    /// How often something was due on a link; empty where it may be silent.
    OptionalLong said(int port) {
        Keepalive each = byPort.get(port);
        return each == null ? OptionalLong.empty() : OptionalLong.of(each.said());
    }
}

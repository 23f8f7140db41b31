package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.Endpoint;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.vhost.frontend.GuestQueue;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// What a frame costs a guest in exits (kicks) and interrupts (calls), by mode and rate: two guests'
/// drivers in Java on two nodes with threads, over UDP on the loopback. `-Dvnetp.exits=MS` measures each
/// cell for so long and prints the table; else it is short and only what must hold is asserted.
class ExitsTableTest {
    private static final int NIC = 0;
    private static final int LINK = 1;
    private static final int MEASURED_MS = Integer.getInteger("vnetp.exits", 0);
    private static final int BULK = 0;

    @TempDir
    Path directory;

    private final List<OverlayNode> nodes = new ArrayList<>();

    private record Cell(double rate, double kicks, double calls, double early, double copied, double framesAKick) {}

    private void start(DispatchMode mode, boolean optimistic) throws Exception {
        DispatchSettings d = DispatchSettings.DEFAULT;
        InetAddress here = InetAddress.getByName("127.0.0.1");
        int port = 20_000 + new Random().nextInt(20_000);
        for (int i = 0; i < 2; i++) {
            OverlayNode node = new OverlayNode("n" + i, OverlayNode.Threading.SHARED, System::nanoTime, _ -> {});
            nodes.add(node);
            node.listen(new NodeConfig.Listening(new Endpoint(here, port + i), 42));
            node.openNic(new NodeConfig.Nic(
                    NIC,
                    "eth0",
                    new NicKind.VhostUser(directory.resolve(i + ".sock"), NicKind.VhostUser.Mode.SERVER, 1),
                    OptionalLong.empty(),
                    OptionalInt.empty()));
            node.openLink(new NodeConfig.Link(
                    LINK,
                    LINK,
                    "l",
                    new Endpoint(here, port + 1 - i),
                    Statement.Encapsulation.VNET,
                    OptionalInt.empty()));
            MacPattern any = MacPattern.ANY;
            node.replaceTable(RoutingTable.of(List.of(new Rule(any, any, NIC, LINK), new Rule(any, any, LINK, NIC))));
            node.dispatch(new DispatchSettings(
                    mode,
                    mode,
                    d.alphaL(),
                    d.alphaU(),
                    d.omegaNs(),
                    d.yield(),
                    d.tSleepNs(),
                    d.tNoyieldRounds(),
                    1,
                    d.batch(),
                    optimistic,
                    d.cutThrough(),
                    d.scheduling()));
        }
    }

    /// A guest that sleeps until it is called, then looks at its ring until that is empty, as NAPI does.
    private static void receive(VhostFrontend guest, AtomicBoolean ends, AtomicLong count) {
        Posix posix = new Posix();
        GuestQueue queue = guest.receiving(0);
        queue.ring().wantCalls(true);
        while (!ends.get()) {
            if (posix.sleepUnlessReadable(queue.callDescriptor(), 20_000_000) > 0) {
                queue.calls();
            }
            do {
                queue.ring().wantCalls(false);
                int taken = 0;
                while (queue.skip() > 0) {
                    count.incrementAndGet();
                    if (++taken % 64 == 0) {
                        queue.refill();
                    }
                }
                queue.refill();
            } while (queue.ring().wantCalls(true));
        }
    }

    private Cell measure(DispatchMode mode, int framesPerSecond, boolean optimistic, int ms) throws Exception {
        start(mode, optimistic);
        VhostFrontend.Options options = VhostFrontend.Options.of(VirtioFeatures.EVENT_IDX | VirtioFeatures.MRG_RXBUF);
        AtomicBoolean ends = new AtomicBoolean();
        AtomicLong received = new AtomicLong();
        try (VhostFrontend from = new VhostFrontend(options, () -> {});
                VhostFrontend to = new VhostFrontend(options, () -> {})) {
            from.connect(directory.resolve("0.sock"));
            from.start();
            to.connect(directory.resolve("1.sock"));
            to.start();
            to.receiving(0).refill();
            Thread receiver = Thread.ofPlatform().start(() -> receive(to, ends, received));
            from.sending(0).ring().wantCalls(false);
            byte[] frame = VhostGuests.frame(new Random(1), framesPerSecond == BULK ? 1400 : 64);
            send(from.sending(0), frame, framesPerSecond, ms / 2 + 20);
            DispatchReport.Machine sentBefore = machine(0);
            DispatchReport.Machine gotBefore = machine(1);
            long begin = System.nanoTime();
            send(from.sending(0), frame, framesPerSecond, ms);
            double seconds = (System.nanoTime() - begin) / 1e9;
            LockSupport.parkNanos(50_000_000);
            DispatchReport.Machine sentAfter = machine(0);
            DispatchReport.Machine gotAfter = machine(1);
            ends.set(true);
            receiver.join();
            double sent = sentAfter.sent() - sentBefore.sent();
            double got = Math.max(1, gotAfter.received() - gotBefore.received());
            double kicks = sentAfter.kicks() - sentBefore.kicks();
            return new Cell(
                    sent / seconds,
                    kicks / sent,
                    (gotAfter.calls() - gotBefore.calls()) / got,
                    (gotAfter.early() - gotBefore.early()) / got,
                    (sentAfter.copied() - sentBefore.copied()) / sent,
                    kicks == 0 ? 0 : sent / kicks);
        } finally {
            nodes.forEach(OverlayNode::close);
            nodes.clear();
        }
    }

    private DispatchReport.Machine machine(int node) {
        return nodes.get(node).dispatchReport().machines().getFirst();
    }

    /// Sends at intended times; a frame that finds no room waits for it.
    private static void send(GuestQueue queue, byte[] frame, int framesPerSecond, int ms) {
        long begin = System.nanoTime();
        long end = begin + ms * 1_000_000L;
        long intervalNs = framesPerSecond == BULK ? 0 : 1_000_000_000L / framesPerSecond;
        long due = begin;
        while (due < end && System.nanoTime() < end) {
            long wait = due - System.nanoTime();
            if (wait > 60_000) {
                LockSupport.parkNanos(wait - 50_000);
            }
            while (System.nanoTime() < due) {
                Thread.onSpinWait();
            }
            while (!queue.send(frame) && System.nanoTime() < end) {
                Thread.yield();
            }
            due = intervalNs == 0 ? System.nanoTime() : due + intervalNs;
        }
    }

    @Test
    void pollingSuppressesKicks() throws Exception {
        Cell guest = measure(DispatchMode.GUEST, 1000, false, 200);
        Cell vmm = measure(DispatchMode.VMM, BULK, false, 200);
        // Nearly one on a quiet machine; on a busy one several frames wait for the node that the first woke.
        assertTrue(guest.kicks() > 0.1, "guest-driven, a frame a millisecond: they wake the node; " + guest);
        assertTrue(vmm.kicks() < 0.01, "VMM-driven: no frame does; " + vmm);
    }

    @Test
    @EnabledIfSystemProperty(named = "vnetp.exits", matches = "[1-9][0-9]*")
    void table() throws Exception {
        System.out.println("| mode | frames/s | reached | kicks a frame | frames a kick | calls a frame |");
        System.out.println("|---|---|---|---|---|---|");
        for (int rate : new int[] {1000, 10_000, 30_000, 100_000, BULK}) {
            for (DispatchMode mode : DispatchMode.values()) {
                print(mode.label(), rate, measure(mode, rate, false, MEASURED_MS));
            }
        }
        print("guest, optimistic", 1000, measure(DispatchMode.GUEST, 1000, true, MEASURED_MS));
        print("guest, optimistic", 10_000, measure(DispatchMode.GUEST, 10_000, true, MEASURED_MS));
    }

    private static void print(String mode, int rate, Cell cell) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.0f | %.4f | %.1f | %.4f |%n",
                mode,
                rate == BULK ? "bulk" : Integer.toString(rate),
                cell.rate(),
                cell.kicks(),
                cell.framesAKick(),
                cell.calls());
    }
}

package org.vnetp.macrobench.campaign;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.vnetp.macrobench.mpi.MpiLauncher;

/// A harness that starts resident ranks, says so, and waits to be killed.
final class AbandoningHarness {
    private AbandoningHarness() {}

    /// @param arguments the MPI; a directory for output; the order to be under way
    public static void main(String[] arguments) throws Exception {
        Path dir = Path.of(arguments[1]);
        Resident ranks = Resident.start(
                "ranks",
                MpiLauncher.find(arguments[0]).local(2, ResidentTest.command("127.0.0.1")),
                dir.resolve("harness.out"),
                dir.resolve("harness.err"),
                line -> line.startsWith("heard "));
        ranks.answer(Duration.ofSeconds(60));
        System.out.println("ready");
        System.out.flush();
        List<String> order = List.of(arguments).subList(2, arguments.length);
        if (!order.isEmpty()) {
            ranks.ask(order.getFirst(), Duration.ofSeconds(600));
        }
        Thread.sleep(600_000);
    }
}

package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.overlay.OverlayNode;
import org.vnetp.overlay.control.NicKind;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.posix.SharedMemory;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.vhost.frontend.VhostFrontend;

/// A frontend cuts its memory short under a node that reads or writes there: SIGBUS. The JVM must live, the
/// ring must stop, and the node's other guests must go on. In a JVM of its own, which the signal may end.
class TruncatedMemoryTest {
    private static final int HOSTILE = 0;
    private static final int FIRST = 1;
    private static final int SECOND = 2;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"0, send", "0, receive", "30000, send", "30000, receive"})
    void costsOnlyItsOwner(int warmUp, String direction) throws Exception {
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:ErrorFile=" + directory.resolve("hs_err"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        TruncatedMemoryTest.class.getName(),
                        directory.toString(),
                        Integer.toString(warmUp),
                        direction)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        String said = Files.readString(out);
        assertTrue(ended, said);
        assertEquals(0, process.exitValue(), said);
        assertTrue(said.contains("the guest's memory was cut short"), said);
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int warmUp = Integer.parseInt(arguments[1]);
        boolean sends = arguments[2].equals("send");
        OverlayNode node = new OverlayNode("n", OverlayNode.Threading.SHARED, System::nanoTime, System.out::println);
        for (int port : new int[] {HOSTILE, FIRST, SECOND}) {
            node.openNic(new NodeConfig.Nic(
                    port,
                    "nic" + port,
                    new NicKind.VhostUser(directory.resolve(port + ".sock"), NicKind.VhostUser.Mode.SERVER, 1),
                    OptionalLong.empty(),
                    OptionalInt.empty()));
        }
        MacPattern any = MacPattern.ANY;
        node.replaceTable(RoutingTable.of(List.of(
                new Rule(any, any, FIRST, sends ? SECOND : HOSTILE),
                new Rule(any, any, FIRST, SECOND),
                new Rule(any, any, HOSTILE, SECOND))));
        VhostFrontend hostile = guest(directory, HOSTILE, false);
        VhostFrontend first = guest(directory, FIRST, true);
        VhostFrontend second = guest(directory, SECOND, true);
        Random random = new Random(1);
        for (int i = 0; i < warmUp; i++) {
            (sends ? hostile : first).sending(0).send(VhostGuests.frame(random, 200));
            if (i % 32 == 31) {
                drain(second);
                drain(hostile);
            }
        }
        await(() -> !drain(second) && !drain(hostile));
        // The ring stays as it is; only its memory goes.
        if (sends) {
            hostile.sending(0).reclaim();
            for (int i = 0; i < 20; i++) {
                int buffer = hostile.sending(0).take();
                hostile.sending(0).add(buffer, 1000);
            }
            hostile.sending(0).ring().publish();
        }
        SharedMemory.resize(hostile.memoryDescriptor(), 0);
        if (sends) {
            hostile.sending(0).kickAnyhow();
        } else {
            first.sending(0).send(VhostGuests.frame(random, 200));
        }
        await(() ->
                String.valueOf(node.describe(config(directory)).get("error")).contains("cut short"));
        drain(second);
        for (int i = 0; i < 20; i++) {
            byte[] frame = VhostGuests.frame(random, 200);
            // Its ring may be full of frames that the node has not taken yet; it must not stay so.
            await(() -> first.sending(0).send(frame));
            await(() -> drain(second));
        }
        System.out.println(node.describe(config(directory)).get("error"));
        System.exit(0);
    }

    private static NodeConfig.Nic config(Path directory) {
        return new NodeConfig.Nic(
                HOSTILE,
                "nic0",
                new NicKind.VhostUser(directory.resolve("0.sock"), NicKind.VhostUser.Mode.SERVER, 1),
                OptionalLong.empty(),
                OptionalInt.empty());
    }

    private static VhostFrontend guest(Path directory, int port, boolean sealed) {
        VhostFrontend guest = new VhostFrontend(
                new VhostFrontend.Options(VirtioFeatures.MRG_RXBUF, 256, 1, 2048, 2048, false, 1, sealed), () -> {});
        guest.connect(directory.resolve(port + ".sock"));
        guest.start();
        guest.receiving(0).refill();
        return guest;
    }

    private static boolean drain(VhostFrontend guest) {
        boolean any = false;
        while (guest.receiving(0).receive() != null) {
            any = true;
        }
        return any;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("waited for 20 s");
            }
            Thread.sleep(1);
        }
    }
}

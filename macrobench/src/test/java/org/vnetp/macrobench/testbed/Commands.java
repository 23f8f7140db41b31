package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What tests run at endpoints.
final class Commands {
    /// @param output of both streams, without white space at its ends
    record Result(int code, String output) {}

    private Commands() {}

    static Result run(Endpoint at, String... words) throws IOException, InterruptedException {
        return run(at.command(words));
    }

    static Result run(ProcessBuilder command) throws IOException, InterruptedException {
        Process process = command.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return new Result(process.exitValue(), output.strip());
    }

    /// An iperf3 that listens there, for one client.
    static Process iperf3(Endpoint at) throws IOException {
        Process server = at.tethered(List.of("iperf3", "-s", "-1", "--forceflush"))
                .redirectErrorStream(true)
                .start();
        String line = server.inputReader().readLine();
        while (line != null && !line.startsWith("Server listening")) {
            line = server.inputReader().readLine();
        }
        assertTrue(line != null, "iperf3 at " + at.hostName() + " has ended");
        return server;
    }

    static void assertRefused(Testbed testbed, String fabric, String why) {
        var e = assertThrows(IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.parse(fabric)));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }
}

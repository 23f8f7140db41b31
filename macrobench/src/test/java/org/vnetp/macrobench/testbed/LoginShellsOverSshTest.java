package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.macrobench.mpi.MpiLauncher;

/// Machines of an inventory whose user has this or that login shell, and start-up files that print.
@Tag("netns")
@Timeout(90)
class LoginShellsOverSshTest {
    private static SshHosts hosts;

    @BeforeAll
    static void up() throws IOException {
        hosts = SshHosts.up("shells");
    }

    @AfterAll
    static void down() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private static String said(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /// sh reads no file for a command, but Open MPI lets it read `.profile`.
    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
                    sh,   echo hello
                    bash, printf /tmp
                    tcsh, "echo 'a line'; printf 'no newline'"
                    fish, echo /tmp
                    """)
    void anyOfThemAnswersAndRunsMpi(String shell, String startUp) throws Exception {
        Requirements.program(shell);
        hosts.loginShell(Shell.find(shell).toString(), startUp);
        try (Testbed testbed = hosts.testbed()) {
            Fabric over = testbed.fabric(FabricSpec.parse("over=vxlan"));
            Endpoint a = over.endpoints().get(0);
            Endpoint b = over.endpoints().get(1);
            assertTrue(testbed.congestionControl().matches("[a-z]+ \\(.*"), testbed.congestionControl());
            assertEquals(1450, b.mtu());
            assertEquals(Optional.of("no-such"), b.lacks(List.of("sh", "no-such")));
            assertTrue(over.snapshot().endpoints().getFirst().txBytes() > 0);
            Process process = b.command("sh", "-c", "hostname; echo \"$1\"; exit 5", "sh", "it's  $HOME !é\\")
                    .start();
            assertEquals("b-vxlan\nit's  $HOME !é\\\n", said(process));
            assertEquals(5, process.waitFor());
            try (Scratch scratch = Scratch.at(b)) {
                assertTrue(scratch.path().matches("/tmp/vnetp\\.\\w{6}"), scratch.path());
                scratch.write("one", "some\ntext");
                assertEquals(Optional.of("some\ntext"), scratch.read("one"));
            }
            Process tethered =
                    b.tethered(List.of("sh", "-c", "echo on; exec sleep 983.5")).start();
            assertEquals('o', tethered.getInputStream().read());
            tethered.getOutputStream().close();
            assertTrue(tethered.waitFor(30, TimeUnit.SECONDS), "it outlived its standard input");
            for (String mpi : List.of("openmpi", "mpich")) {
                Process ranks =
                        MpiLauncher.find(mpi).over(over, 2, List.of("hostname")).start();
                String output = said(ranks);
                String errors = new String(ranks.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals(
                        List.of("a-vxlan", "b-vxlan"), output.lines().sorted().toList(), mpi + ": " + errors);
                assertFalse(errors.contains("WARNING"), errors);
                assertEquals(0, ranks.waitFor());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    /usr/sbin/nologin, This account is currently not available.
                    /bin/true,         it ended with 125
                    """)
    void oneThatRunsNoCommandIsNamed(String shell, String why) throws IOException {
        hosts.loginShell(shell, "");
        String message =
                assertThrows(FabricException.class, () -> hosts.testbed()).getMessage();
        assertTrue(message.startsWith("the login shell of m0"), message);
        assertTrue(message.contains(why), message);
    }
}

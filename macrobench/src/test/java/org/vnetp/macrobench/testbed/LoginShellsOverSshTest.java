package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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
            ranksSayWhereTheyAre(over);
        }
    }

    private static void ranksSayWhereTheyAre(Fabric fabric) throws Exception {
        for (String mpi : List.of("openmpi", "mpich")) {
            Process ranks =
                    MpiLauncher.find(mpi).over(fabric, 2, List.of("hostname")).start();
            String output = said(ranks);
            String errors = new String(ranks.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(List.of("a-vxlan", "b-vxlan"), output.lines().sorted().toList(), mpi + ": " + errors);
            assertFalse(errors.contains("WARNING"), errors);
            assertEquals(0, ranks.waitFor());
        }
    }

    /// The fault: under these locales, which machines give whoever comes by ssh, Java finds no class below
    /// such a directory. A machine's own command, and ranks of Open MPI, whose daemons are started there.
    @Test
    void aCheckoutThereMayHaveAnyName() throws Exception {
        hosts.loginShell("/bin/bash", "export LC_ALL=C LANG=POSIX");
        Path checkout = hosts.directory("d\u00e9p\u00f4t de moi");
        List<Path> links = new ArrayList<>();
        for (String entry : Machine.classPath().split(File.pathSeparator)) {
            Path link = checkout.resolve(links.size() + "-" + Path.of(entry).getFileName());
            links.add(Files.createSymbolicLink(link, Path.of(entry)));
        }
        String classPath = links.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        List<String> probe = List.of(
                Machine.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                FileProbe.class.getName(),
                checkout.toString());
        try (Testbed testbed = hosts.testbed()) {
            Fabric over = testbed.fabric(FabricSpec.parse("over=vxlan"));
            String found = checkout + " is here\n";
            assertEquals(found, said(over.endpoints().get(1).command(probe).start()));
            assertEquals(
                    found + found,
                    said(MpiLauncher.find("openmpi").over(over, 2, probe).start()));
        } finally {
            for (Path link : links) {
                Files.delete(link);
            }
        }
    }

    /// What their start-up files set for the site's own jobs reaches launcher, daemons and ranks.
    @Test
    void whatTheMachinesSetForOtherMpiJobsIsNotHeeded() throws Exception {
        hosts.loginShell(
                "/bin/bash",
                "export OMPI_MCA_oob_tcp_if_exclude=lo OMPI_MCA_btl_tcp_if_exclude=lo"
                        + " OMPI_MCA_orte_tag_output=1 OMPI_MCA_rmaps_base_no_oversubscribe=1 HYDRA_LAUNCHER=slurm"
                        + " HYDRA_HOST_FILE=/no/such SLURM_JOBID=7 SLURM_JOB_ID=7 SLURM_NODELIST='other[1-2]' SLURM_NNODES=2"
                        + " PBS_JOBID=8 PBS_ENVIRONMENT=PBS_BATCH PBS_NODEFILE=/no/such");
        hosts.homeFile(".openmpi/mca-params.conf", "orte_tag_output = 1\noob_tcp_if_include = eth7\n");
        try (Testbed testbed = hosts.testbed()) {
            Fabric over = testbed.fabric(FabricSpec.parse("over=vxlan"));
            ranksSayWhereTheyAre(over);
            String note = MpiLauncher.notHeeded(over).orElseThrow();
            for (String each : List.of("OMPI_* (4 variables)", "SLURM_* (4 variables)", "HYDRA_LAUNCHER")) {
                assertTrue(note.contains(each), note);
            }
            assertTrue(note.endsWith("/home/.openmpi/mca-params.conf"), note);
        } finally {
            hosts.homeFile(".openmpi/mca-params.conf", "");
        }
    }

    /// The fault: Open MPI cuts a name at its first dot, and these are one machine then.
    @Test
    void namesOfMachinesMayHaveDots() throws Exception {
        hosts.loginShell("/bin/sh", "");
        for (List<String> names : List.of(List.of("n.a.example.org", "n.b.example.org"), List.of("bench_1", "17"))) {
            try (Testbed testbed = hosts.testbed(names)) {
                ranksSayWhereTheyAre(testbed.fabric(FabricSpec.parse("over=vxlan")));
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

package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.testbed.Machine;

/// `kernel` as users start it whose environment says other things about languages, files and MPI than ours.
@Tag("mpi")
@Timeout(120)
class KernelInForeignEnvironmentTest {
    private static final Path JDK_SCRIPT = Path.of("..", ".mvn", "jdk.sh").toAbsolutePath();

    @TempDir
    private Path dir;

    private record Ended(int code, String out, String err) {}

    @BeforeAll
    static void anMpi() {
        requireMpi("openmpi");
    }

    private static void requireMpi(String mpi) {
        try {
            MpiLauncher.find(mpi);
        } catch (MpiUnavailableException e) {
            if ("required".equals(System.getProperty("vnetp.it"))) {
                throw e;
            }
            Assumptions.abort(e.getMessage());
        }
    }

    /// The program `hostname` refuses names that the kernel takes.
    private static final String NAMED =
            "echo \"$1\" > /proc/sys/kernel/hostname && [ \"$(uname -n)\" = \"$1\" ] || exit 99; shift; exec \"$@\"";

    /// Runs a small one as the launcher does, with the launcher's search for a JDK and what that exports.
    private Ended kernel(Map<String, String> environment, String classPath, String... more)
            throws IOException, InterruptedException {
        return kernel(List.of(), environment, classPath, more);
    }

    private Ended kernel(List<String> before, Map<String, String> environment, String classPath, String... more)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of(
                "sh",
                "-euc",
                ". \"$0\"; exec \"$@\"",
                JDK_SCRIPT.toString(),
                Machine.java(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                KernelCommand.class.getName()));
        words.addAll(List.of("ep.S", "--ranks", "2", "--warm-up", "0"));
        words.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("XDG_CACHE_HOME", dir.resolve("cache").toString());
        builder.environment().putAll(environment);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectError(dir.resolve("err").toFile());
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), out, Files.readString(dir.resolve("err")));
    }

    @Test
    void itsDigitsAreNotTheUsers() throws Exception {
        Ended ended = kernel(Map.of("JAVA_TOOL_OPTIONS", "-Duser.language=ar -Duser.country=EG"), Machine.classPath());
        assertEquals(0, ended.code(), ended.out() + ended.err());
        assertTrue(ended.err().contains("ep.S on 2 ranks"), ended.err());
        assertTrue((ended.out() + ended.err()).chars().noneMatch(c -> c >= '\u0660' && c <= '\u0669'), ended.out());
    }

    /// The fault: under these locales Java reads the names of files as ASCII, and finds no class below such a
    /// directory.
    @Test
    void itsFilesMayHaveAnyNameUnderAnyLocale() throws Exception {
        Path checkout = Files.createDirectory(dir.resolve("d\u00e9p\u00f4t de moi"));
        List<String> entries = new ArrayList<>();
        for (String entry : Machine.classPath().split(File.pathSeparator)) {
            Path link = checkout.resolve(entries.size() + "-" + Path.of(entry).getFileName());
            entries.add(Files.createSymbolicLink(link, Path.of(entry)).toString());
        }
        for (String locale : List.of("C", "POSIX")) {
            Ended ended = kernel(Map.of("LC_ALL", locale), String.join(File.pathSeparator, entries));
            assertEquals(0, ended.code(), ended.out() + ended.err());
        }
        for (String entry : entries) {
            Files.delete(Path.of(entry)); // JUnit warns of each link that it removes
        }
    }

    /// What a cluster sets for its own jobs: excluded interfaces, one rank a slot, names of ranks before
    /// their words, transports and launchers that are not here, and the variables of a job of a batch
    /// system that has other machines.
    private static Map<String, String> site() {
        Map<String, String> site = new HashMap<>();
        for (String each : """
                OMPI_MCA_btl_tcp_if_exclude=lo,eth7
                OMPI_MCA_oob_tcp_if_exclude=lo,eth7
                OMPI_MCA_oob_tcp_if_include=eth7
                OMPI_MCA_rmaps_base_no_oversubscribe=1
                OMPI_MCA_orte_tag_output=1
                OMPI_MCA_btl=openib
                OMPI_MCA_pml=ucx
                OMPI_MCA_plm=tm
                SLURM_JOBID=7
                SLURM_JOB_ID=7
                SLURM_NODELIST=other[1-2]
                SLURM_NNODES=2
                SLURM_TASKS_PER_NODE=1(x2)
                PBS_ENVIRONMENT=PBS_BATCH
                PBS_JOBID=8
                PBS_NODEFILE=/no/such
                HYDRA_LAUNCHER=slurm
                HYDRA_HOST_FILE=/no/such
                HYDRA_RMK=pbs
                MPIR_CVAR_CH4_NETMOD=none
                MPIEXEC_PREFIX_DEFAULT=1
                UCX_TLS=rc
                FI_PROVIDER=psm2
                """.lines().toList()) {
            site.put(each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1));
        }
        return site;
    }

    @ParameterizedTest
    @ValueSource(strings = {"openmpi", "mpich"})
    void whatASiteHasSetForItsOwnJobsIsNotHeededAndThatIsSaid(String mpi) throws Exception {
        requireMpi(mpi);
        Path parameters = Files.createDirectories(dir.resolve("home/.openmpi")).resolve("mca-params.conf");
        Files.writeString(parameters, "# ours\nbtl = openib\noob_tcp_if_include = eth7\norte_tag_output = 1\n");
        Map<String, String> site = site();
        site.put("HOME", dir.resolve("home").toString());
        Ended ended = kernel(site, Machine.classPath(), "--mpi", mpi);
        assertEquals(0, ended.code(), ended.out() + ended.err());
        assertTrue(ended.out().lines().anyMatch(line -> line.matches(" Verification    = +SUCCESSFUL")), ended.out());
        String note = ended.err()
                .lines()
                .filter(line -> line.startsWith("note: set for other MPI jobs, not heeded by ours: "))
                .findFirst()
                .orElseThrow(() -> new AssertionError(ended.err()));
        for (String each : List.of(
                "OMPI_* (8 variables)", "SLURM_* (5 variables)", "PBS_JOBID", "UCX_TLS", parameters.toString())) {
            assertTrue(note.contains(each), note);
        }
    }

    @Test
    void whereNothingIsSetNothingIsSaid() throws Exception {
        Ended ended = kernel(Map.of("HOME", dir.toString()), Machine.classPath());
        assertEquals(0, ended.code(), ended.out() + ended.err());
        assertFalse(ended.err().contains("not heeded"), ended.err());
    }

    @Test
    void theUsersOwnOptionsOfTheLauncherAreHeeded() throws Exception {
        Ended ended = kernel(Map.of(MpiLauncher.MORE_OPTIONS, " --tag-output --report-bindings"), Machine.classPath());
        assertEquals(0, ended.code(), ended.out() + ended.err());
        assertTrue(ended.out().lines().anyMatch(line -> line.matches("\\[1,0]<stdout>: .*SUCCESSFUL")), ended.out());
    }

    /// The fault: Open MPI sends the list of machines in a form that took what is behind such a name's end
    /// for a number.
    @ParameterizedTest
    @CsvSource({"openmpi, bench_1", "openmpi, n1.example.org", "openmpi, 17", "mpich, bench_1", "mpich, n1.example.org"
    })
    void theMachineMayHaveAnyName(String mpi, String name) throws Exception {
        requireMpi(mpi);
        Assumptions.assumeTrue(
                Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "needs root");
        List<String> named = List.of("unshare", "--uts", "sh", "-c", NAMED, "sh", name);
        Ended ended = kernel(named, Map.of(), Machine.classPath(), "--mpi", mpi);
        assertEquals(0, ended.code(), ended.out() + ended.err());
    }
}

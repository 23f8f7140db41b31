package org.vnetp.macrobench.mpi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.vnetp.macrobench.mpi.MpiAbi.Implementation;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Packages;
import org.vnetp.macrobench.testbed.RunDirectory;

/// Starts ranks with an installed MPI's own launcher: on this machine, or over a fabric of the
/// testbed. Builds commands and starts nothing itself. More ranks than cores are allowed, ranks are
/// bound to no core, and waiting ranks yield: with more ranks than cores that makes a factor of
/// forty.
///
/// A rank's program finds the launcher's library by the environment that is passed along (`VNETP_MPI`), so
/// launcher and library always belong together.
public final class MpiLauncher {
    private static final Pattern OPEN_MPI_VERSION =
            Pattern.compile("(?:Open MPI\\)|OpenRTE\\)|Open MPI)\\s+v?(\\d+)\\.(\\S+)");
    private static final Pattern MPICH_VERSION = Pattern.compile("Version:\\s+(\\S+)");

    /// Words for every launcher that is started: the way to let one of a site's settings have a say after
    /// all.
    public static final String MORE_OPTIONS = "VNETP_MPIRUN_OPTS";

    private final Implementation implementation;
    private final String program;
    private final int major;
    private final String version;

    private MpiLauncher(Implementation implementation, String program, int major, String version) {
        this.implementation = implementation;
        this.program = program;
        this.major = major;
        this.version = version;
    }

    /// The launcher of the wanted MPI.
    ///
    /// @param wanted `openmpi`, `mpich`, or null for the first that is installed, Open MPI before MPICH
    /// @throws MpiUnavailableException naming the package to install
    public static MpiLauncher find(String wanted) {
        List<String> names;
        if (wanted == null || wanted.isEmpty()) {
            names = List.of("mpirun.openmpi", "mpirun.mpich", "mpirun", "mpiexec");
        } else if (wanted.equals("openmpi")) {
            names = List.of("mpirun.openmpi", "mpirun");
        } else if (wanted.equals("mpich")) {
            names = List.of("mpirun.mpich", "mpiexec.mpich", "mpiexec.hydra", "mpirun");
        } else {
            throw new IllegalArgumentException("Unknown MPI '" + wanted + "': expected openmpi or mpich");
        }
        for (String name : names) {
            MpiLauncher found = probe(name);
            if (found != null
                    && (wanted == null || wanted.isEmpty() || found.name().equals(wanted))) {
                return found;
            }
        }
        String what = wanted == null || wanted.isEmpty() ? "openmpi" : wanted;
        throw new MpiUnavailableException(
                "No MPI launcher found (looked for " + String.join(", ", names) + "); to mend: " + install(what));
    }

    /// The command that installs an MPI on Debian.
    ///
    /// @param wanted `mpich`; else Open MPI
    public static String install(String wanted) {
        return Machine.INSTALL + Packages.of("mpich".equals(wanted) ? "mpirun.mpich" : "mpirun.openmpi");
    }

    /// `openmpi` or `mpich`.
    public String name() {
        return implementation.option();
    }

    /// Which MPI and version, for reports.
    public String description() {
        return implementation.title() + " " + version + " (" + program + ")";
    }

    /// Says what the site or the user has set for their own MPI jobs, as names of variables and files,
    /// which these runs do not heed; empty where there is nothing.
    ///
    /// @param fabric over which they run, or null for this machine
    public static Optional<String> notHeeded(Fabric fabric) {
        return SiteSettings.notHeeded(fabric == null ? null : fabric.endpoints().getFirst());
    }

    /// A command that runs `ranks` copies of `command` on this machine; not started.
    public ProcessBuilder local(int ranks, List<String> command) {
        List<String> words = new ArrayList<>();
        words.add(program);
        if (implementation == Implementation.OPEN_MPI) {
            openMpiCommon(words);
            words.addAll(List.of("--mca", "btl", shared() + ",self"));
            words.addAll(List.of("--mca", "pml", "ob1"));
        } else {
            mpichCommon(words);
        }
        words.addAll(more());
        words.addAll(List.of("-np", Integer.toString(ranks)));
        words.addAll(command);
        ProcessBuilder builder =
                Child.of(SiteSettings.without(RunDirectory.forMpi().toString(), words));
        addEnvironment(builder.environment());
        return builder;
    }

    /// A command that runs `ranks` copies of `command` over a fabric's endpoints, in blocks: the
    /// first ranks on the first endpoint. Ranks on one endpoint talk through memory under Open MPI,
    /// through the loopback under MPICH; all others through the fabric's interfaces only. Not
    /// started; it will run on the first endpoint, for as long as its standard input stays open.
    ///
    /// @throws IllegalArgumentException when there are more endpoints than ranks
    public ProcessBuilder over(Fabric fabric, int ranks, List<String> command) {
        return at(fabric.endpoints().getFirst().tethered(words(fabric, ranks, command)));
    }

    /// As [#over], but the standard input of the process is that of rank 0, which ends with it ([Gate]).
    public ProcessBuilder residentOver(Fabric fabric, int ranks, List<String> command) {
        return at(fabric.endpoints().getFirst().command(words(fabric, ranks, command)));
    }

    private ProcessBuilder at(ProcessBuilder builder) {
        addEnvironment(builder.environment());
        return builder;
    }

    private List<String> words(Fabric fabric, int ranks, List<String> command) {
        List<Endpoint> endpoints = fabric.endpoints();
        if (ranks < endpoints.size()) {
            throw new IllegalArgumentException(
                    ranks + " ranks cannot use all " + endpoints.size() + " endpoints of " + fabric.name());
        }
        int each = (ranks + endpoints.size() - 1) / endpoints.size();
        Set<String> interfaces = new LinkedHashSet<>();
        endpoints.forEach(endpoint -> interfaces.add(endpoint.interfaceName()));
        String devices = String.join(",", interfaces);
        List<String> words = new ArrayList<>();
        words.add(program);
        if (implementation == Implementation.OPEN_MPI) {
            openMpiCommon(words);
            Map<String, Integer> slots = new LinkedHashMap<>();
            endpoints.forEach(endpoint -> slots.merge(endpoint.hostName(), each, Integer::sum));
            String hosts = slots.entrySet().stream()
                    .map(host -> host.getKey() + ":" + host.getValue())
                    .collect(Collectors.joining(","));
            // Where one host is several endpoints, its loopback is what is measured, not its memory.
            String memory = slots.size() < endpoints.size() ? "" : shared() + ",";
            String runtime = major >= 5 ? "--prtemca" : "--mca";
            String rsh = major >= 5 ? "ssh" : "rsh";
            words.addAll(List.of("--host", hosts, "--map-by", "slot"));
            words.addAll(List.of(runtime, "plm", rsh));
            // The daemons want to find it too, though they start nothing, and it may be at the first endpoint only.
            words.addAll(List.of(runtime, "plm_" + rsh + "_agent", fabric.agent() + " : sh"));
            words.addAll(List.of(runtime, "plm_" + rsh + "_no_tree_spawn", "1"));
            // The agent has every command run by sh, so it says which shell is there, not this user's entry of passwd.
            // To ask it, Open MPI looks in PATH for its bare name.
            words.addAll(List.of(runtime, "plm_" + rsh + "_assume_same_shell", "0"));
            words.addAll(List.of(runtime, major >= 5 ? "prte_if_include" : "oob_tcp_if_include", devices));
            words.addAll(List.of("--mca", "pml", "ob1", "--mca", "mtl", "^ofi,psm,psm2"));
            words.addAll(List.of("--mca", "btl", memory + "tcp,self"));
            words.addAll(List.of("--mca", "btl_tcp_if_include", devices));
        } else {
            mpichCommon(words);
            words.addAll(
                    List.of("-launcher", "ssh", "-launcher-exec", fabric.agent().toString()));
            words.addAll(
                    List.of("-hosts", endpoints.stream().map(Endpoint::hostName).collect(Collectors.joining(","))));
            words.addAll(List.of(
                    "-ppn",
                    Integer.toString(each),
                    "-iface",
                    interfaces.iterator().next()));
            // UCX would find shared memory between namespaces of one machine.
            words.addAll(List.of("-genv", "UCX_TLS", "tcp,self", "-genv", "UCX_NET_DEVICES", devices));
        }
        words.addAll(more());
        words.addAll(List.of("-np", Integer.toString(ranks)));
        words.addAll(command);
        // The agent's directory is this fabric's alone and goes with it.
        return SiteSettings.without(String.valueOf(fabric.agent().getParent()), words);
    }

    /// The user's own options of the launcher. What stands behind the number of ranks is the program's.
    private static List<String> more() {
        String options = System.getenv(MORE_OPTIONS);
        return options == null || options.isBlank()
                ? List.of()
                : List.of(options.strip().split("\\s+"));
    }

    private void openMpiCommon(List<String> words) {
        // With its value: the launcher itself may run on another machine, where our environment does not reach.
        if (root()) {
            words.add("--allow-run-as-root");
        }
        words.addAll(List.of("--oversubscribe", "--bind-to", "none"));
        // Names of machines as they are: Open MPI cuts them at the first dot, and sends the list of them in a short
        // form that cannot express every name.
        if (major >= 5) {
            words.addAll(List.of("--prtemca", "prte_keep_fqdn_hostnames", "1"));
        } else {
            words.addAll(List.of("--mca", "orte_keep_fqdn_hostnames", "1", "--mca", "regx", "naive"));
        }
        words.addAll(List.of("--mca", "mpi_yield_when_idle", "1"));
        // Where two ranks open a connection to each other at the same time, one of them may count none and then looks
        // at its sockets only every 10 ms (seen with 4.1 on every slow enough network). So it looks every 10 us.
        words.addAll(List.of("--mca", "mpi_event_tick_rate", "10"));
        words.addAll(List.of("-x", "VNETP_MPI=" + implementation.option()));
        words.addAll(List.of("-x", "LC_ALL=" + Child.LOCALE));
    }

    private static void mpichCommon(List<String> words) {
        words.addAll(List.of("-bind-to", "none"));
        words.addAll(List.of("-genv", "VNETP_MPI", Implementation.MPICH.option()));
        words.addAll(List.of("-genv", "LC_ALL", Child.LOCALE));
        words.addAll(List.of("-genv", "UCX_LOG_LEVEL", "error"));
    }

    private void addEnvironment(Map<String, String> environment) {
        environment.put("VNETP_MPI", implementation.option());
    }

    /// Open MPI's transport through memory: renamed in version 5.
    private String shared() {
        return major >= 5 ? "sm" : "vader";
    }

    private static boolean root() {
        try {
            return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")) == 0;
        } catch (IOException | RuntimeException e) {
            return "root".equals(System.getProperty("user.name"));
        }
    }

    /// What a program of that name on the path is; null when there is none or it is no MPI launcher we know.
    private static MpiLauncher probe(String name) {
        String path = System.getenv("PATH");
        for (String directory : (path == null ? "/usr/bin" : path).split(":")) {
            Path program = Path.of(directory.isEmpty() ? "." : directory, name);
            if (Files.isExecutable(program)) {
                return recognise(program.toString(), versionText(program.toString()));
            }
        }
        return null;
    }

    /// @param text what the launcher prints for `--version`
    static MpiLauncher recognise(String program, String text) {
        Matcher openMpi = OPEN_MPI_VERSION.matcher(text);
        if (openMpi.find()) {
            int major = Integer.parseInt(openMpi.group(1));
            return new MpiLauncher(Implementation.OPEN_MPI, program, major, openMpi.group(1) + "." + openMpi.group(2));
        }
        Matcher mpich = MPICH_VERSION.matcher(text);
        if (text.contains("HYDRA") && mpich.find()) {
            return new MpiLauncher(Implementation.MPICH, program, 0, mpich.group(1));
        }
        return null;
    }

    private static String versionText(String program) {
        try {
            Process process =
                    Child.of(program, "--version").redirectErrorStream(true).start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            return text;
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}

package org.vnetp.nas.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.vnetp.macrobench.mpi.AotCache;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.testbed.Machine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./vnetp kernel cg.A --ranks 4`: one kernel on this machine, under the MPI's own launcher. Everything that
/// can be known beforehand is refused before a rank starts.
@Command(
        name = "vnetp kernel",
        description = "Runs one NAS kernel on this machine; its output is in NPB's format.",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:verified",
            "1:a rank died",
            "2:wrong usage",
            "3:not verified; no speed is claimed",
            "4:no MPI, or too little memory"
        })
public final class KernelCommand implements Callable<Integer> {
    private static final int USAGE = 2;
    private static final int MISSING = 4;

    @Parameters(paramLabel = "KERNEL.CLASS", description = "ep, is, cg, mg, ft, lu, sp or bt, and S, W, A, B, C or D")
    private String name;

    @Option(names = "--ranks", description = "number of ranks (default: ${DEFAULT-VALUE})", defaultValue = "4")
    private int ranks;

    @Option(names = "--mpi", description = "openmpi or mpich (default: what is installed)")
    private String mpi;

    @Option(names = "--timers", description = "prints each rank's share of communication")
    private boolean timers;

    @Option(
            names = "--warm-up",
            description = "most seconds of warm-up for the JVM (default: ${DEFAULT-VALUE})",
            defaultValue = "" + KernelMain.DEFAULT_WARM_UP)
    private double warmUp;

    @Option(
            names = "--timed",
            paramLabel = "S",
            description = "least timed seconds: a shorter timed region is repeated, each time verified, and the mean"
                    + " counts (default: 0, once, as NPB does)",
            defaultValue = "0")
    private double timed;

    KernelCommand() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new KernelCommand()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Kernel kernel;
        ProblemClass problemClass;
        MpiLauncher launcher;
        try {
            int dot = name.indexOf('.');
            if (dot < 0) {
                throw new IllegalArgumentException(
                        "expected a kernel and a class, for example cg.A, not '" + name + "'");
            }
            kernel = Kernels.of(name.substring(0, dot));
            problemClass = ProblemClass.of(name.substring(dot + 1));
            if (!kernel.has(problemClass)) {
                throw new IllegalArgumentException(kernel.name() + " has no class " + problemClass);
            }
            kernel.check(problemClass, ranks);
            checkSeconds("--warm-up", warmUp);
            checkSeconds("--timed", timed);
            launcher = MpiLauncher.find(mpi);
        } catch (IllegalArgumentException e) {
            return fail(USAGE, e.getMessage());
        } catch (MpiUnavailableException e) {
            return fail(MISSING, e.getMessage());
        }
        long need = ranks * KernelJvm.bytes(kernel, problemClass, ranks);
        long available = Machine.availableMemory();
        if (need > available) {
            return fail(
                    MISSING,
                    String.format(
                            Locale.ROOT,
                            "%s on %d ranks needs %d MiB of memory, available are %d MiB",
                            name,
                            ranks,
                            need >> 20,
                            available >> 20));
        }
        System.err.printf(
                Locale.ROOT, "%s on %d ranks, %s, about %d MiB%n", name, ranks, launcher.description(), need >> 20);
        MpiLauncher.notHeeded(null).ifPresent(System.err::println);
        List<String> arguments =
                new ArrayList<>(List.of("--warm-up", Double.toString(warmUp), "--timed", Double.toString(timed)));
        if (timers) {
            arguments.add("--timers");
        }
        List<String> options = KernelJvm.fastStart(launcher, AotCache.ofUser(System.err));
        Process process = launcher.local(ranks, KernelJvm.command(kernel, problemClass, ranks, options, arguments))
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Ctrl-C or a kill of this process must not leave ranks behind.
        Thread ender = new Thread(() -> end(process), "end-ranks");
        Runtime.getRuntime().addShutdownHook(ender);
        return process.waitFor();
    }

    private static void checkSeconds(String option, double seconds) {
        if (!(seconds >= 0 && seconds <= 600)) {
            throw new IllegalArgumentException(option + " wants seconds from 0 to 600, not " + seconds);
        }
    }

    private static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(5, java.util.concurrent.TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }

    private static int fail(int code, String message) {
        System.err.println("error: " + message);
        return code;
    }
}

package org.vnetp.overlay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.ControlPaths;
import org.vnetp.overlay.control.ControlSession;
import org.vnetp.overlay.control.ControlSocket;
import org.vnetp.overlay.control.NodeController;
import org.vnetp.overlay.control.NodeFile;
import org.vnetp.overlay.control.NodeStatement;
import org.vnetp.overlay.control.Reload;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.control.StatementParser;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.stats.StartUp;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./vnetp node FILE`: one node in the foreground, until SIGTERM or SIGINT. As a service it reads its file again at
/// SIGHUP ([Reload]).
@Command(
        name = "vnetp node",
        description = "Runs one overlay node in the foreground, until it is told to end (SIGTERM, SIGINT).",
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        sortOptions = false)
public final class NodeMain implements Callable<Integer> {
    private static final int GOOD = 0;
    private static final int USAGE = 2;
    private static final int MISSING = 4;
    // One object, so that what the warm-up had compiled serves the node.
    private static final LongSupplier CLOCK = System::nanoTime;
    private static final int LONGEST_WARM_UP_MS = 60_000;
    private static final int MOST_TOLD = 20;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "the node's statements, one a line; ./vnetp ctl help lists them")
    private Path file;

    @Option(
            names = "--check-fastpath",
            description = "only says whether NICs can have the fast path here; exit code 4 where they cannot")
    private boolean checkFastPath;

    @Option(
            names = "--control",
            paramLabel = "SOCKET",
            description = "control socket (default: /run/vnetp/NODE.sock, or below $XDG_RUNTIME_DIR)")
    private Path control;

    @Option(
            names = "--threads",
            paramLabel = "shared|dedicated",
            defaultValue = "shared",
            description = "one thread a dispatcher, or one for each direction (default: ${DEFAULT-VALUE})")
    private String threads;

    @Option(
            names = "--warm-up",
            paramLabel = "MS",
            defaultValue = "300",
            description = "milliseconds for which frames are sent through the node's code before it opens anything,"
                    + " so that it is compiled when the first guest's frame comes; 0: none (default: ${DEFAULT-VALUE})")
    private int warmUp;

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new NodeMain()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        if (checkFastPath) {
            return checkFastPath();
        }
        if (file == null) {
            err.println("vnetp node: expected FILE, the node's statements");
            return USAGE;
        }
        OverlayNode.Threading threading;
        switch (threads) {
            case "shared" -> threading = OverlayNode.Threading.SHARED;
            case "dedicated" -> threading = OverlayNode.Threading.DEDICATED;
            default -> {
                err.println("vnetp node: --threads " + threads + ": expected shared or dedicated");
                return USAGE;
            }
        }
        if (warmUp < 0 || warmUp > LONGEST_WARM_UP_MS) {
            err.println("vnetp node: --warm-up " + warmUp + ": expected 0 to " + LONGEST_WARM_UP_MS + " ms");
            return USAGE;
        }
        // From here on a signal to read the file again finds somebody who does it, be it later.
        Semaphore asked = new Semaphore(0);
        boolean service = Service.reloads(asked::release);
        List<StatementParser.Numbered> statements;
        try {
            statements = StatementParser.parseAll(Files.readString(file));
        } catch (IOException e) {
            err.println("vnetp node: " + file + ": " + whyUnreadable(e));
            return USAGE;
        } catch (StatementException e) {
            err.println("vnetp node: " + file + ": " + e.getMessage());
            return USAGE;
        }
        String name = name(statements);
        if (warmUp > 0) {
            warmUp(name, statements.stream().anyMatch(each -> each.statement().seals()));
        }
        try (OverlayNode node = new OverlayNode(
                        name, threading, CLOCK, text -> err.println("vnetp node " + name + ": " + text));
                NodeController controller = new NodeController(node)) {
            return run(name, node, controller, statements, service ? asked : new Semaphore(0));
        } catch (PosixException e) {
            err.println("vnetp node " + name + ": " + e.getMessage());
            return MISSING;
        }
    }

    private String whyUnreadable(IOException e) {
        String expected = "; expected the node's statements, one a line (./vnetp ctl help lists them)";
        if (e instanceof NoSuchFileException) {
            return "no such file" + expected;
        }
        if (Files.isDirectory(file)) {
            return "is a directory" + expected;
        }
        if (e instanceof AccessDeniedException) {
            return "not ours to read";
        }
        return e instanceof CharacterCodingException ? "is not UTF-8 text" : "cannot be read: " + e.getMessage();
    }

    private int checkFastPath() {
        String reason = FastPath.probe();
        if (reason.isEmpty()) {
            out.println("the kernel can carry flows by eBPF programs");
            return GOOD;
        }
        err.println("vnetp node: no fast path: " + reason);
        return MISSING;
    }

    private void warmUp(String name, boolean sealed) {
        try {
            WarmUp.run(warmUp * 1_000_000L, CLOCK, sealed);
        } catch (PosixException e) {
            // The first guests' frames then do it.
            err.println("vnetp node " + name + ": starts without warm-up: " + e.getMessage());
        }
    }

    private String name(List<StatementParser.Numbered> statements) {
        for (StatementParser.Numbered numbered : statements) {
            if (numbered.statement() instanceof NodeStatement(String given)) {
                return given;
            }
        }
        String base = file.getFileName().toString();
        int dot = base.indexOf('.');
        return dot > 0 ? base.substring(0, dot) : base;
    }

    private int run(
            String name,
            OverlayNode node,
            NodeController controller,
            List<StatementParser.Numbered> statements,
            Semaphore asked)
            throws InterruptedException {
        try {
            ControlSession.replay(controller, statements);
        } catch (StatementException e) {
            err.println("vnetp node " + name + ": " + file + ": " + e.getMessage());
            return missing(e) ? MISSING : USAGE;
        }
        NodeFile carriedOut = NodeFile.carriedOut(statements, controller.config());
        Path path = control == null ? ControlPaths.forNode(name) : control;
        try (ControlSocket socket = ControlSocket.open(path, controller)) {
            tellReady(name, node);
            onSignal(node, socket);
            out.println("vnetp node " + name + " ready control=" + socket.path());
            out.flush();
            Service.tell(Service.READY, err::println);
            reloadWhenAsked(name, controller, carriedOut, asked);
        } catch (IOException e) {
            err.println("vnetp node " + name + ": " + e.getMessage());
            return USAGE;
        }
        return GOOD;
    }

    private void tellReady(String name, OverlayNode node) {
        try {
            node.ready(StartUp.processAgeNs());
        } catch (IOException e) {
            err.println("vnetp node " + name + ": 'show node' will not tell start-up times: " + e);
        }
    }

    private static boolean missing(StatementException e) {
        return e.getCause() instanceof PosixException cause
                && (cause.errno() == Errno.EPERM
                        || cause.errno() == Errno.EACCES
                        || cause.errno() == Errno.ENODEV
                        || cause.errno() == Errno.ENOENT && cause.getMessage().contains("/dev/net/tun"));
    }

    /// Reads the file again whenever it is asked to, until the process ends.
    private void reloadWhenAsked(String name, NodeController controller, NodeFile carriedOut, Semaphore asked)
            throws InterruptedException {
        NodeFile last = carriedOut;
        while (true) {
            asked.acquire();
            asked.drainPermits();
            Service.tell(Service.reloading(), err::println);
            last = reload(name, controller, last);
            Service.tell(Service.READY, err::println);
        }
    }

    /// @return the file that holds from now on
    private NodeFile reload(String name, NodeController controller, NodeFile last) {
        NodeFile next;
        List<Reload.Step> steps;
        try {
            next = NodeFile.read(Files.readString(file));
            steps = Reload.steps(controller.config(), last, next);
        } catch (IOException e) {
            err.println("vnetp node " + name + ": nothing has changed: " + file + ": " + whyUnreadable(e));
            return last;
        } catch (StatementException e) {
            err.println("vnetp node " + name + ": nothing has changed: " + file + ": " + e.getMessage());
            return last;
        }
        List<String> refused = Reload.carryOut(controller, steps);
        refused.forEach(each -> err.println("vnetp node " + name + ": " + file + ": " + each));
        out.println("vnetp node " + name + " read " + file + " again: " + told(steps)
                + (refused.isEmpty() ? "" : "; refused: " + refused.size()));
        out.flush();
        return next;
    }

    private static String told(List<Reload.Step> steps) {
        if (steps.isEmpty()) {
            return "nothing has changed";
        }
        List<String> words =
                steps.stream().limit(MOST_TOLD).map(Reload.Step::words).toList();
        return String.join(", ", words) + (steps.size() > MOST_TOLD ? ", ... (" + steps.size() + " in all)" : "");
    }

    /// A signal runs the hook, which cleans up and ends the process itself: the JVM would end with
    /// 128 + signal otherwise.
    private void onSignal(OverlayNode node, ControlSocket socket) {
        AtomicBoolean once = new AtomicBoolean();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (once.compareAndSet(false, true)) {
                                Service.tell(Service.STOPPING, err::println);
                                try {
                                    socket.close();
                                } catch (IOException e) {
                                    err.println("vnetp node: " + e.getMessage());
                                }
                                node.close();
                                out.flush();
                                Runtime.getRuntime().halt(GOOD);
                            }
                        },
                        "vnetp-shutdown"));
    }
}

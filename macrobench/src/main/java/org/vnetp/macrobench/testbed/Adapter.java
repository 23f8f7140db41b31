package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The controller that leads a fabric's nodes (`./vnetp adapt`), a process beside them. For one thread.
public final class Adapter {
    private static final String MAIN = "org.vnetp.overlay.adapt.AdaptMain";
    private static final int READY_SECONDS = 30;
    private static final int END_SECONDS = 15;

    private final LabDirectory lab;
    private final String fabric;
    private final String mode;
    private final List<Path> sockets;
    private final Path directory;
    private final Optional<Path> mover;
    private Daemon daemon;
    private int started;

    /// @param mode  `on` or `advise`
    /// @param mover the program that moves guests; empty: none is moved
    Adapter(LabDirectory lab, String fabric, String mode, List<Path> sockets, Path directory, Optional<Path> mover) {
        this.lab = lab;
        this.fabric = fabric;
        this.mode = mode;
        this.sockets = List.copyOf(sockets);
        this.directory = directory;
        this.mover = mover;
    }

    /// What it does with its decisions: `on` or `advise`.
    public String mode() {
        return mode;
    }

    private List<String> command(String... options) {
        List<String> command = new ArrayList<>(Machine.smallJava("32m"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", Machine.classPath(), MAIN));
        command.addAll(List.of(options));
        sockets.forEach(socket -> command.add(socket.toString()));
        return command;
    }

    /// Begins to lead, with a new log.
    void start(LinkRate rate) {
        started++;
        List<String> options = new ArrayList<>(List.of("--mode", mode, "--log", log().toString()));
        mover.ifPresent(program -> options.addAll(List.of("--mover", program.toString())));
        if (rate.shaped()) {
            options.addAll(List.of("--rate", rate.bitsPerSecond() / 1000 + "kbit"));
        }
        daemon = Daemon.start(
                lab,
                fabric,
                "this machine",
                "the controller",
                command(options.toArray(String[]::new)),
                Map.of(),
                directory.resolve("adapt-" + started + ".log"));
        daemon.await("is not ready", READY_SECONDS, () -> said().contains("nodes ready"));
    }

    private String said() {
        try {
            return Files.readString(daemon.log());
        } catch (IOException notYet) {
            return "";
        }
    }

    private Path log() {
        return directory.resolve("adapt-" + started + ".jsonl");
    }

    /// Takes back all that it did, and begins anew, knowing nothing of before.
    ///
    /// @param between what else is done while none leads
    /// @throws FabricException where a node does not answer
    void restart(LinkRate rate, Runnable between) {
        end();
        Shell.run(command("--mode", "off").toArray(String[]::new));
        between.run();
        start(rate);
    }

    private void end() {
        Optional<ProcessHandle> process = ProcessHandle.of(daemon.id().pid());
        process.ifPresent(ProcessHandle::destroy);
        long deadline = System.nanoTime() + END_SECONDS * 1_000_000_000L;
        while (daemon.id().alive()) {
            if (System.nanoTime() > deadline) {
                process.ifPresent(ProcessHandle::destroyForcibly);
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FabricException("fabric " + fabric + ": interrupted", e);
            }
        }
    }

    /// What it has decided since it was started, a line of JSON each.
    public List<String> decisions() {
        try {
            return Files.readAllLines(log());
        } catch (IOException notYet) {
            return List.of();
        }
    }

    /// What it has taken of the processors since it was started, its own start included; 0 where
    /// it has ended.
    public double cpuSeconds() {
        return Processes.cpuSeconds(daemon.id().pid());
    }

    Processes.Id id() {
        return daemon.id();
    }

    /// @throws FabricException when it has ended
    void check() {
        daemon.requireAlive();
    }
}

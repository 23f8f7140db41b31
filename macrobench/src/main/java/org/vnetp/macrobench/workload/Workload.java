package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Packages;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Something to measure between two endpoints.
public interface Workload {
    /// As users and results call it: `tcp-throughput`.
    String name();

    /// The metric by which fabrics are compared.
    Metric primary();

    /// The settings it is run with; each makes a cell.
    List<Params> cells();

    /// Those of a look, where every cell less is a pair more of the others.
    default List<Params> quickCells() {
        return cells();
    }

    /// The settings for sizes of the user's choice.
    ///
    /// @throws IllegalArgumentException naming the legal ones
    default List<Params> cells(List<Integer> sizes) {
        throw new IllegalArgumentException("--sizes: the workload " + name() + " has no sizes");
    }

    /// Whether [#cells(List)] is there.
    default boolean sized() {
        return false;
    }

    /// What a run takes in all.
    ///
    /// @param seconds of measuring
    default Duration estimate(double seconds) {
        return overhead().plusMillis(Math.round(seconds * 1000));
    }

    /// What a run takes beside the time of measuring.
    default Duration overhead() {
        return Duration.ofMillis(400);
    }

    /// Whether it keeps the fabric so busy that the machine's CPU time during a run is the cost of its bytes.
    default boolean busy() {
        return primary().direction() == Metric.Direction.HIGHER_IS_BETTER;
    }

    /// How many hosts it needs.
    default int hosts() {
        return 2;
    }

    /// How many sites its hosts must be at.
    default int sites() {
        return 1;
    }

    /// Whether it is among those that run when none is named.
    default boolean byDefault() {
        return true;
    }

    /// The programs that it starts at its endpoints.
    List<Need> needs();

    /// Whether it runs at all endpoints of a fabric, not at the first two only.
    default boolean everywhere() {
        return false;
    }

    /// Whether it does to hosts, or to the links between them, what only those allow that are made for it: it moves a
    /// guest from one to another, has a link die or get slower.
    default boolean needsOurHosts() {
        return false;
    }

    /// A program that [Packages] names, or a file of ours by its whole path.
    record Need(String program) {
        /// What ranks of ours need.
        static List<Need> ofRanks() {
            return Stream.concat(Stream.of(new Need("mpirun")), ofOurs().stream())
                    .toList();
        }

        /// What a program of ours needs.
        static List<Need> ofOurs() {
            return Machine.ourFiles().stream().map(Need::new).toList();
        }

        /// The Debian package that has it; empty for what is ours.
        public String debianPackage() {
            if (program.equals(Machine.java())) {
                return Packages.of("java");
            }
            return program.startsWith("/") ? "" : Packages.of(program);
        }
    }

    /// What one run is given.
    ///
    /// @param fabric that client and server are endpoints of
    /// @param raw where programs' own output goes; a path without suffix
    /// @param latency where a histogram log goes, whole with its suffix
    /// @param servers that stay for the next run
    /// @param seconds of measuring
    /// @param limit after which it is killed
    record Setup(
            Fabric fabric,
            Endpoint client,
            Endpoint server,
            Servers servers,
            Params params,
            double seconds,
            Path raw,
            Path latency,
            Duration limit) {

        /// Records CPU seconds of a program at an endpoint, unless they are those of the connection to it.
        void cpu(Run run, Metric metric, double cpuSeconds) {
            if (client.here()) {
                run.value(metric, cpuSeconds);
            }
        }

        /// Whether a program was killed for having taken longer than the limit; the run is then recorded as such.
        boolean killed(String program, Program.Result result, Run run) {
            if (result.timedOut()) {
                run.ended(Status.TIMEOUT, program + " killed after " + limit.toSeconds() + " s");
            }
            return result.timedOut();
        }
    }

    /// What a run moved, for costs per byte and the proof of path.
    ///
    /// @param bytes of payload that arrived
    /// @param messages that arrived, 0 where they are not counted
    record Moved(long bytes, long messages) {
        /// Of a run that was not meant to move anything.
        static final Moved NOTHING = new Moved(0, 0);
    }

    /// What is to be as it was before a run, and is no part of it: comes before the counters are
    /// read.
    default void prepare(Fabric fabric) {}

    /// Makes one run and records its values; a run that fails is recorded as such and gives null.
    ///
    /// @throws InterruptedException after everything that was started has ended
    Moved run(Setup setup, Run run) throws IOException, InterruptedException;
}

package org.vnetp.reports.result;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Fingerprint of the machine and of the binaries: what a figure must be read with. Facts are short texts by dotted
/// name.
///
/// Files are read as they are: OSHI knows the processor and the memory only, none of the
/// mitigations, limits and settings that a figure depends on, and reads them by native code (JNA).
///
/// Names that begin with `state.` change from run to run (load, steal, free memory); the others are the same as long as
/// machine, kernel, JDK and build are. No user, host or network names, no environment variables.
///
/// @param facts by name, sorted
public record Environment(Map<String, String> facts) {
    private static final int MAX_FACT_LENGTH = 400;

    public Environment {
        facts = Collections.unmodifiableMap(new TreeMap<>(facts));
    }

    /// This fingerprint with one more fact, such as `mpi.version`.
    public Environment with(String name, String value) {
        Map<String, String> more = new TreeMap<>(facts);
        more.put(name, clean(value));
        return new Environment(more);
    }

    /// Looks at this machine. Facts that it does not tell are left out; nothing here fails.
    ///
    /// @param sources a directory of the sources, for the git commit
    public static Environment collect(Path sources) {
        TreeMap<String, String> facts = new TreeMap<>();
        machine(Path.of("/"), facts);
        jvm(facts);
        binaries(facts);
        git(sources, facts);
        return new Environment(facts);
    }

    /// Facts of the machine whose `/proc` and `/sys` are below `root`.
    static void machine(Path root, Map<String, String> facts) {
        cpu(lines(root.resolve("proc/cpuinfo")), facts);
        file(facts, "kernel.version", root.resolve("proc/sys/kernel/osrelease"));
        file(facts, "kernel.build", root.resolve("proc/sys/kernel/version"));
        for (String line : lines(root.resolve("etc/os-release"))) {
            if (line.startsWith("PRETTY_NAME=")) {
                put(facts, "os", line.substring("PRETTY_NAME=".length()).replace("\"", ""));
            }
        }
        file(facts, "hypervisor.vendor", root.resolve("sys/devices/virtual/dmi/id/sys_vendor"));
        file(facts, "hypervisor.product", root.resolve("sys/devices/virtual/dmi/id/product_name"));
        for (String line : lines(root.resolve("proc/meminfo"))) {
            if (line.startsWith("MemTotal:")) {
                put(facts, "memory.total", line.substring("MemTotal:".length()));
            } else if (line.startsWith("MemAvailable:")) {
                put(facts, "state.memory.available", line.substring("MemAvailable:".length()));
            }
        }
        file(facts, "memory.thp", root.resolve("sys/kernel/mm/transparent_hugepage/enabled"));
        Path clock = root.resolve("sys/devices/system/clocksource/clocksource0");
        file(facts, "clocksource", clock.resolve("current_clocksource"));
        Path cpus = root.resolve("sys/devices/system/cpu");
        file(facts, "cpu.governor", cpus.resolve("cpu0/cpufreq/scaling_governor"));
        file(facts, "cpu.driver", cpus.resolve("cpu0/cpufreq/scaling_driver"));
        file(facts, "cpu.smt", cpus.resolve("smt/active"));
        file(facts, "cpu.online", cpus.resolve("online"));
        mitigations(cpus.resolve("vulnerabilities"), facts);
        Path net = root.resolve("proc/sys/net");
        file(facts, "net.tcp_congestion_control", net.resolve("ipv4/tcp_congestion_control"));
        file(facts, "net.core.rmem_max", net.resolve("core/rmem_max"));
        file(facts, "net.core.wmem_max", net.resolve("core/wmem_max"));
        file(facts, "cgroup.cpu_max", root.resolve("sys/fs/cgroup/cpu.max"));
        file(facts, "state.load", root.resolve("proc/loadavg"));
        for (String line : lines(root.resolve("proc/stat"))) {
            if (line.startsWith("cpu ")) {
                String[] fields = line.trim().split(" +");
                if (fields.length > 8) {
                    put(facts, "state.steal_ticks", fields[8]);
                }
            }
        }
    }

    private static void cpu(List<String> cpuinfo, Map<String, String> facts) {
        int processors = 0;
        Set<String> cores = new TreeSet<>();
        String socket = "";
        for (String line : cpuinfo) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            String name = line.substring(0, colon).trim();
            String value = line.substring(colon + 1).trim();
            switch (name) {
                case "processor" -> processors++;
                case "model name" -> facts.putIfAbsent("cpu.model", clean(value));
                case "microcode" -> facts.putIfAbsent("cpu.microcode", clean(value));
                case "cache size" -> facts.putIfAbsent("cpu.cache", clean(value));
                case "physical id" -> socket = value;
                case "core id" -> cores.add(socket + "/" + value);
                case "flags" -> {
                    if ((" " + value + " ").contains(" hypervisor ")) {
                        facts.putIfAbsent("hypervisor.present", "yes");
                    }
                }
                default -> {}
            }
        }
        if (processors > 0) {
            facts.put("cpu.processors", Integer.toString(processors));
        }
        if (!cores.isEmpty()) {
            facts.put("cpu.cores", Integer.toString(cores.size()));
        }
    }

    private static void mitigations(Path directory, Map<String, String> facts) {
        TreeSet<String> active = new TreeSet<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String state = String.join(" ", lines(file));
                if (!state.isEmpty() && !state.startsWith("Not affected")) {
                    active.add(file.getFileName() + ": " + state);
                }
            }
        } catch (IOException e) {
            return; // a kernel without this directory tells nothing about mitigations
        }
        active.forEach(text -> put(
                facts, "mitigations." + text.substring(0, text.indexOf(':')), text.substring(text.indexOf(':') + 1)));
    }

    private static void jvm(Map<String, String> facts) {
        put(facts, "jdk.version", System.getProperty("java.runtime.version", ""));
        put(
                facts,
                "jdk.vm",
                System.getProperty("java.vm.name", "") + " (" + System.getProperty("java.vendor", "") + ")");
        List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-X") || argument.startsWith("--"))
                .toList();
        put(facts, "jdk.flags", String.join(" ", flags));
    }

    /// SHA-256 of every jar of ours on the class path.
    private static void binaries(Map<String, String> facts) {
        String path = System.getProperty("java.class.path", "");
        for (String entry : path.split(java.io.File.pathSeparator, -1)) {
            Path jar = Path.of(entry);
            String name = String.valueOf(jar.getFileName());
            if (name.matches("(overlay-impl|macrobench|microbench|nas-runner|reports).*\\.jar")
                    && Files.isRegularFile(jar)) {
                try (InputStream in = Files.newInputStream(jar)) {
                    DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"));
                    digest.transferTo(java.io.OutputStream.nullOutputStream());
                    put(
                            facts,
                            "sha256." + name,
                            HexFormat.of().formatHex(digest.getMessageDigest().digest()));
                } catch (IOException e) {
                    put(facts, "sha256." + name, "unreadable");
                } catch (NoSuchAlgorithmException e) {
                    throw new IllegalStateException("every JDK has SHA-256", e);
                }
            }
        }
    }

    private static void git(Path sources, Map<String, String> facts) {
        String commit = output(sources, "git", "rev-parse", "HEAD");
        if (commit.matches("[0-9a-f]{40,64}")) {
            facts.put("git.commit", commit);
            facts.put(
                    "git.dirty",
                    Boolean.toString(!output(sources, "git", "status", "--porcelain", "-uno")
                            .isEmpty()));
        }
    }

    /// Offloads of an interface that matter to an overlay, as `ethtool -k` of this machine tells them, for the fact
    /// `offloads.NAME`.
    ///
    /// @param inside the command that enters the interface's namespace, empty for this one
    public static String offloads(List<String> inside, String interfaceName) {
        List<String> command = new java.util.ArrayList<>(inside);
        command.addAll(List.of("ethtool", "-k", interfaceName));
        StringBuilder on = new StringBuilder();
        for (String line : output(null, command.toArray(new String[0])).split("\n", -1)) {
            String[] parts = line.trim().split(":? ", 3);
            if (parts.length >= 2
                    && parts[1].equals("on")
                    && parts[0].matches(
                            "(rx|tx)-checksumming|tcp-segmentation-offload|generic-(segmentation|receive)-offload|"
                                    + "rx-udp-gro-forwarding|tx-udp-segmentation|tx-udp_tnl-segmentation|scatter-gather")) {
                on.append(on.isEmpty() ? "" : " ").append(parts[0]);
            }
        }
        return on.toString();
    }

    private static String output(Path directory, String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory == null ? null : directory.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("LC_ALL", "C.UTF-8");
            builder.environment().remove("LANGUAGE"); // gettext heeds it before LC_ALL
            Process process = builder.start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? text.strip() : "";
        } catch (IOException e) {
            return ""; // no such program here: the fact is left out
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static void file(Map<String, String> facts, String name, Path file) {
        put(facts, name, String.join(" ", lines(file)));
    }

    private static void put(Map<String, String> facts, String name, String value) {
        String text = clean(value);
        if (!text.isEmpty()) {
            facts.put(name, text);
        }
    }

    private static String clean(String value) {
        String text = value.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return text.length() <= MAX_FACT_LENGTH ? text : text.substring(0, MAX_FACT_LENGTH) + "...";
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of(); // /proc and /sys files come and go; a fact that is not told is left out
        }
    }
}

package org.vnetp.reports.history;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.vnetp.reports.result.RunInfo;

/// Which machine a run was on: a name made of its hard facts, and what may change on it.
///
/// Hard: the processor's model, how many there are, cores, SMT, memory in whole GiB, hypervisor, the control
/// group's share of processors. Never a measured speed (clock rates and bogomips differ from boot to boot,
/// and would split a series), a state, a hash of a binary or a name of a host.
///
/// @param text for directory names: a readable beginning and eight digits of the facts' hash
/// @param hard the facts it is made of
/// @param soft what may change on the machine: a marker where it does
public record MachineKey(String text, Map<String, String> hard, Map<String, String> soft) {
    private static final List<String> HARD = List.of(
            "cpu.model",
            "cpu.processors",
            "cpu.cores",
            "cpu.smt",
            "hypervisor.present",
            "hypervisor.vendor",
            "hypervisor.product",
            "cgroup.cpu_max");
    public static final String MEMORY = "memory.gib";
    private static final Map<String, String> SOFT = softFacts();
    private static final int DIGITS = 8;
    private static final int MODEL_LENGTH = 32;
    private static final long KIB_PER_GIB = 1 << 20;

    /// Facts of the environment by the word that readers know them by.
    private static Map<String, String> softFacts() {
        Map<String, String> soft = new LinkedHashMap<>();
        soft.put("kernel.version", "kernel");
        soft.put("cpu.microcode", "microcode");
        soft.put("jdk.version", "jdk");
        soft.put("cpu.governor", "governor");
        return soft;
    }

    public MachineKey {
        hard = Collections.unmodifiableMap(new LinkedHashMap<>(hard));
        soft = Collections.unmodifiableMap(new LinkedHashMap<>(soft));
    }

    /// The machine of a run.
    ///
    /// @throws IllegalArgumentException where the run does not tell it: series of two machines must not mix
    public static MachineKey of(RunInfo info) {
        Map<String, String> facts = info.environment().facts();
        if (!facts.containsKey("cpu.processors")) {
            throw new IllegalArgumentException("the run does not tell its machine: expected environment facts such as"
                    + " cpu.model and cpu.processors, found " + facts.keySet());
        }
        Map<String, String> soft = new LinkedHashMap<>();
        SOFT.forEach((fact, word) -> {
            if (facts.containsKey(fact)) {
                soft.put(word, facts.get(fact));
            }
        });
        if (info.versions().containsKey("mpi")) {
            // The path says where it is installed, not which it is.
            soft.put("mpi", info.versions().get("mpi").replaceAll(" \\(.*", ""));
        }
        Map<String, String> hard = hard(facts);
        return new MachineKey(text(hard), hard, soft);
    }

    /// The hard ones of an environment's facts, in a fixed order.
    public static Map<String, String> hard(Map<String, String> facts) {
        Map<String, String> hard = new LinkedHashMap<>();
        for (String name : HARD) {
            if (facts.containsKey(name)) {
                hard.put(name, facts.get(name));
            }
        }
        // The kernel keeps a little of the memory for itself, and not always the same.
        String[] total = facts.getOrDefault("memory.total", "").split(" ");
        if (total.length == 2 && total[0].matches("\\d{1,15}") && total[1].equalsIgnoreCase("kB")) {
            hard.put(MEMORY, Long.toString((Long.parseLong(total[0]) + KIB_PER_GIB - 1) / KIB_PER_GIB));
        }
        return hard;
    }

    /// The names of an environment's facts that may change on a machine.
    public static Set<String> softNames() {
        return SOFT.keySet();
    }

    private static String text(Map<String, String> hard) {
        StringBuilder all = new StringBuilder();
        hard.forEach((name, value) -> all.append(name).append('=').append(value).append('\n'));
        String model = hard.getOrDefault("cpu.model", "cpu")
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\((r|tm)\\)|processor|cpu|@.*", " ")
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        model = model.substring(0, Math.min(MODEL_LENGTH, model.length())).replaceAll("-$", "");
        return (model.isEmpty() ? "cpu" : model) + "-" + hard.get("cpu.processors") + "p"
                + (hard.containsKey(MEMORY) ? "-" + hard.get(MEMORY) + "gib" : "") + "-"
                + sha256(all.toString()).substring(0, DIGITS);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Whether a text can be the name of a directory here.
    static boolean legal(String key) {
        return key.matches("[a-z0-9][a-z0-9.-]{0,99}");
    }

    /// What differs between two machines, in words: `cpu.processors 2 -> 4, memory.gib 8 -> 16`.
    public static String difference(Map<String, String> before, Map<String, String> after) {
        Map<String, String> all = new LinkedHashMap<>(before);
        all.putAll(after);
        StringBuilder text = new StringBuilder();
        for (String name : all.keySet()) {
            String was = before.getOrDefault(name, "not told");
            String is = after.getOrDefault(name, "not told");
            if (!was.equals(is)) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(name)
                        .append(' ')
                        .append(was)
                        .append(" -> ")
                        .append(is);
            }
        }
        return text.toString();
    }
}

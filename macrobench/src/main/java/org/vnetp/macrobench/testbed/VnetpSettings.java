package org.vnetp.macrobench.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vnetp.overlay.seal.Suite;

/// How our overlay is set as a fabric, checked as one is made.
///
/// Settings: `wire` (vnet, vxlan or ucx), `tls` (transports of UCX, with `+` between them, with wire=ucx only),
/// `fastpath` (on: the kernel carries known flows, in the vxlan
/// format only), `seal` (off, or the cipher by which links are sealed, in the vnet format only: aes-128-gcm,
/// aes-256-gcm, chacha20-poly1305), `mtu` of the guests (default: what the node derives), `queues`, `ring`, `learn`
/// (on or off), `topology` (mesh, or star: all over the first host), `adapt` (off; on: a controller changes links and
/// routes by what the nodes measure; advise: it says what it would change), `move` (on: with adapt=on it moves
/// guests too, by taking their TAPs to other nodes), `threads` (shared or dedicated), `heap` of
/// a node (default 24m), `java` (further options
/// of the node's Java machine, separated by spaces), `build` (a checkout that has been built, whose node
/// runs in the place of this one's), `statement` (a further statement of each
/// node's file; several are separated by semicolons), and every parameter of the `dispatch`
/// statement under its own name: `mode=guest`, `yield=timed`, `batch=128`, ...
///
/// Immutable.
final class VnetpSettings {
    /// The setting that says how long nodes warm up at most before they open anything, ms.
    static final String WARM_UP = "warm-up";

    /// A node stops sooner when its JIT has nothing left to do, which would else take the processors of the first runs.
    private static final String WARM_UP_MS = "10000";

    /// Settings of nodes and guests.
    static final Set<String> OWN = Set.of(
            "wire",
            "tls",
            "fastpath",
            "seal",
            "threads",
            "mtu",
            "queues",
            "ring",
            "learn",
            "topology",
            "adapt",
            "move",
            "heap",
            "java",
            "build",
            "statement",
            WARM_UP);

    private static final List<String> WIRES = List.of("vnet", "vxlan", "ucx");

    /// The parameters of the `dispatch` statement.
    private static final List<String> DISPATCH = List.of(
            "mode",
            "mode-out",
            "mode-in",
            "alpha-l",
            "alpha-u",
            "omega",
            "yield",
            "t-sleep",
            "t-noyield",
            "dispatchers",
            "batch",
            "policy",
            "nice",
            "slice",
            "cpus");

    private final Map<String, String> options;
    private final String wire;
    private final String seal;

    /// @param own legal settings beside those of dispatch
    /// @throws IllegalArgumentException naming the fabric, the setting, what was expected and what came
    VnetpSettings(FabricSpec spec, Set<String> own) {
        Set<String> legal = new TreeSet<>(own);
        legal.addAll(DISPATCH);
        options = Settings.known(spec, legal);
        wire = orElse("wire", "vnet");
        if (!WIRES.contains(wire)) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': wire must be vnet, vxlan or ucx, got '" + wire + "'");
        }
        if (has("tls") && (!wire.equals("ucx") || !get("tls").matches("[a-z][a-z0-9_]*([+][a-z][a-z0-9_]*)*"))) {
            throw new IllegalArgumentException("fabric '" + spec.name()
                    + "': tls wants wire=ucx, and transports of UCX as tcp or posix+cma, got wire=" + wire + ",tls="
                    + get("tls"));
        }
        String fastPath = orElse("fastpath", "off");
        if (!fastPath.equals("on") && !fastPath.equals("off")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': fastpath must be on or off, got '" + fastPath + "'");
        }
        if (fastPath.equals("on") && !wire.equals("vxlan")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': fastpath=on wants wire=vxlan, got wire=" + wire);
        }
        seal = orElse("seal", "off");
        if (sealed()
                && Arrays.stream(Suite.values())
                        .noneMatch(suite -> suite.label().equals(seal))) {
            throw new IllegalArgumentException("fabric '" + spec.name()
                    + "': seal must be off, aes-128-gcm, aes-256-gcm or chacha20-poly1305, got '" + seal + "'");
        }
        if (sealed() && !wire.equals("vnet")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': seal=" + seal + " wants wire=vnet, got wire=" + wire);
        }
        requireOneOf(spec, "topology", "mesh", "mesh", "star");
        requireOneOf(spec, "adapt", "off", "off", "advise", "on");
        requireOneOf(spec, "move", "off", "off", "on");
        if (moving() && (star() || !orElse("adapt", "off").equals("on"))) {
            throw new IllegalArgumentException("fabric '" + spec.name()
                    + "': move=on wants adapt=on and topology=mesh, got adapt=" + orElse("adapt", "off") + ",topology="
                    + orElse("topology", "mesh"));
        }
        if (learning() && (star() || adapted())) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': learn=on wants topology=mesh and adapt=off, as there are no rules");
        }
        requireBuild(spec);
        Settings.number(spec, options, "mtu", 1500, 68, 65535);
        Settings.number(spec, options, "queues", 1, 1, 64);
        Settings.number(spec, options, "ring", 1024, 8, 65535);
    }

    private void requireOneOf(FabricSpec of, String key, String otherwise, String... legal) {
        String value = orElse(key, otherwise);
        if (!List.of(legal).contains(value)) {
            throw new IllegalArgumentException("fabric '" + of.name() + "': " + key + " must be "
                    + String.join(" or ", legal) + ", got '" + value + "'");
        }
    }

    private void requireBuild(FabricSpec spec) {
        if (has("build")) {
            Path target = Path.of(get("build"), VnetpFabric.MODULE, "target").toAbsolutePath();
            if (!Files.isDirectory(target)) {
                throw new IllegalArgumentException("fabric '" + spec.name() + "': build=" + get("build")
                        + ": expected a checkout that has been built, but there is no " + target);
            }
        }
    }

    /// All that are given, by name.
    Map<String, String> options() {
        return options;
    }

    boolean has(String key) {
        return options.containsKey(key);
    }

    /// The value of a setting that is given.
    String get(String key) {
        return options.get(key);
    }

    String orElse(String key, String otherwise) {
        return options.getOrDefault(key, otherwise);
    }

    /// The wire format.
    String wire() {
        return wire;
    }

    /// Whether links are sealed.
    boolean sealed() {
        return !seal.equals("off");
    }

    /// The cipher that they are sealed by, or `off`.
    String seal() {
        return seal;
    }

    /// Whether all hosts' links lead over the first one.
    boolean star() {
        return orElse("topology", "mesh").equals("star");
    }

    /// Whether a controller runs beside the nodes.
    boolean adapted() {
        return !orElse("adapt", "off").equals("off");
    }

    /// Whether that controller moves guests too.
    boolean moving() {
        return orElse("move", "off").equals("on");
    }

    /// Whether the kernel is to carry known flows.
    boolean fastPath() {
        return orElse("fastpath", "off").equals("on");
    }

    /// Whether nodes find guests by the frames that these send.
    boolean learning() {
        return orElse("learn", "off").equals("on");
    }

    /// Whether frames go from node to node by memory, and by no interface.
    boolean byMemory() {
        return wire.equals("ucx") && orElse("tls", "").matches("(posix|sysv|cma|xpmem|knem|sm|shm|[+])+");
    }

    /// How long nodes warm up at most, ms.
    String warmUpMs() {
        return orElse(WARM_UP, WARM_UP_MS);
    }

    /// The `dispatch` statement, or none.
    List<String> dispatch() {
        StringBuilder statement = new StringBuilder("dispatch");
        for (String key : DISPATCH) {
            if (has(key)) {
                statement.append(' ').append(key).append(' ').append(get(key));
            }
        }
        return statement.indexOf(" ") < 0 ? List.of() : List.of(statement.toString());
    }

    /// A line for the result.
    String description() {
        StringBuilder text = new StringBuilder("vnetp (this project), wire format " + wire + ", "
                + (sealed() ? "encryption " + seal : "no encryption"));
        options.forEach((key, value) -> {
            if (!key.equals("wire") && !key.equals("seal")) {
                text.append(", ").append(key).append(' ').append(value);
            }
        });
        return text.toString();
    }
}

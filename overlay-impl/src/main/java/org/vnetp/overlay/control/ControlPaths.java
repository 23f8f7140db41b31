package org.vnetp.overlay.control;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where control sockets are: `/run/vnetp/NODE.sock` for root, `$XDG_RUNTIME_DIR/vnetp/NODE.sock` for others, and below
/// `/run/vnetp/labs` those of labs (`./vnetp lab`), which are called `LAB/FABRIC/HOST`.
public final class ControlPaths {
    /// Where labs are.
    public static final Path LABS = Path.of("/run/vnetp/labs");

    /// Means every node.
    static final String ALL = "all";

    private static final Path RUN = Path.of("/run");
    private static final String SUFFIX = ".sock";

    /// The directories under which a system's files are looked for: this one's own, and that of the namespace
    /// in which an ordinary user's labs live.
    private final List<Path> roots;

    private final Path user;

    /// @param roots a root directory each
    /// @param user  the user's own directory for sockets, or null
    ControlPaths(List<Path> roots, Path user) {
        this.roots = List.copyOf(roots);
        this.user = user;
    }

    /// Those of this machine.
    static ControlPaths here() {
        List<Path> roots = new ArrayList<>(List.of(Path.of("/")));
        world().ifPresent(roots::add);
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return new ControlPaths(roots, runtime == null || runtime.isEmpty() ? null : Path.of(runtime, "vnetp"));
    }

    /// Without root all labs of a user live in namespaces of their own, held by a process whose number is written down
    /// beside them; `/run` is another one there.
    private static Optional<Path> world() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        for (String parent : new String[] {runtime, "/tmp"}) {
            if (parent == null || parent.isEmpty()) {
                continue;
            }
            try {
                Path file = ofUser(Path.of(parent)).resolve("world");
                String pid = Files.readString(file).strip().split(" ")[0];
                Path root = Path.of("/proc", pid, "root");
                if (pid.matches("\\d+") && Files.isDirectory(root)) {
                    return Optional.of(root);
                }
            } catch (IOException e) {
                // No such world, or not ours.
            }
        }
        return Optional.empty();
    }

    /// Where it is written down. By the user's number: names are often missing in containers.
    ///
    /// @param parent `$XDG_RUNTIME_DIR` or /tmp
    public static Path ofUser(Path parent) throws IOException {
        return parent.resolve("vnetp-" + Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /// The socket of a node that is about to start.
    public static Path forNode(String node) {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        boolean system = Files.isWritable(RUN) || Files.isWritable(RUN.resolve("vnetp"));
        if (!system && runtime != null && !runtime.isEmpty()) {
            return Path.of(runtime, "vnetp", node + SUFFIX);
        }
        return RUN.resolve("vnetp").resolve(node + SUFFIX);
    }

    /// The socket of a lab's node.
    ///
    /// @param fabricDirectory the fabric's directory, below its lab's
    /// @param host            the host on which the node runs, such as `a`
    public static Path ofLab(Path fabricDirectory, String host) {
        return fabricDirectory.resolve(host + SUFFIX);
    }

    /// Where a lab keeps what belongs to a fabric.
    ///
    /// @param lab the lab's directory
    public static Path fabricDirectory(Path lab, String fabric) {
        return lab.resolve("fabrics").resolve(fabric);
    }

    /// Finds the socket that somebody means: a path, a node's name, `LAB/FABRIC/HOST`, or a host's name alone
    /// where only one lab's fabric has it.
    ///
    /// @return empty when there is none, or several; [#known] are those there are
    Optional<Path> find(String named) {
        Path path = Path.of(named);
        if (named.indexOf('/') >= 0 && Files.exists(path)) {
            return Optional.of(path);
        }
        Map<String, Path> known = known();
        if (known.containsKey(named)) {
            return Optional.of(known.get(named));
        }
        List<Path> hosts = known.entrySet().stream()
                .filter(each -> each.getKey().endsWith("/" + named))
                .map(Map.Entry::getValue)
                .toList();
        return hosts.size() == 1 ? Optional.of(hosts.getFirst()) : Optional.empty();
    }

    /// The socket of a node of this machine, called as [#find] takes it.
    ///
    /// @throws IllegalArgumentException naming those there are
    public static Path socket(String named) {
        ControlPaths here = here();
        return here.find(named)
                .orElseThrow(() -> new IllegalArgumentException("node '" + named + "': expected one that runs here: "
                        + (here.known().isEmpty()
                                ? "there is none"
                                : String.join(", ", here.known().keySet()))));
    }

    /// The sockets that a name means: that of one node, or of all nodes of `LAB/FABRIC`.
    ///
    /// @throws IllegalArgumentException naming those there are
    public static Map<String, Path> sockets(String named) {
        Map<String, Path> all = new LinkedHashMap<>();
        here().known().forEach((name, socket) -> {
            if (name.startsWith(named + "/")) {
                all.put(name, socket);
            }
        });
        if (all.isEmpty()) {
            all.put(named, socket(named));
        }
        return all;
    }

    /// Every socket that somebody means who talks to several nodes: as [#find], or those below `LAB/FABRIC` or `LAB`,
    /// or
    /// with `all` every one there is.
    ///
    /// @return empty where there is none
    Map<String, Path> meant(String named) {
        if (named.equals(ALL)) {
            return known();
        }
        Optional<Path> one = find(named);
        if (one.isPresent()) {
            return Map.of(named, one.get());
        }
        Map<String, Path> below = new LinkedHashMap<>();
        known().forEach((name, socket) -> {
            if (name.startsWith(named + "/")) {
                below.put(name, socket);
            }
        });
        return below;
    }

    /// All control sockets by the names that [#find] takes.
    Map<String, Path> known() {
        Map<String, Path> all = new LinkedHashMap<>();
        if (user != null) {
            sockets(user).forEach(all::putIfAbsent);
        }
        for (Path root : roots) {
            sockets(under(root, RUN.resolve("vnetp"))).forEach(all::putIfAbsent);
            for (Path lab : entries(under(root, LABS))) {
                for (Path fabric : entries(lab.resolve("fabrics"))) {
                    String prefix = lab.getFileName() + "/" + fabric.getFileName() + "/";
                    sockets(fabric).forEach((host, socket) -> all.putIfAbsent(prefix + host, socket));
                }
            }
        }
        return all;
    }

    private static Path under(Path root, Path absolute) {
        return root.resolve(absolute.toString().substring(1));
    }

    private static Map<String, Path> sockets(Path directory) {
        Map<String, Path> found = new LinkedHashMap<>();
        for (Path each : entries(directory)) {
            String name = each.getFileName().toString();
            if (name.endsWith(SUFFIX)) {
                found.put(name.substring(0, name.length() - SUFFIX.length()), each);
            }
        }
        return found;
    }

    private static List<Path> entries(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            all.forEach(found::add);
        } catch (IOException e) {
            // None, or not ours to see.
        }
        found.sort(null);
        return found;
    }
}

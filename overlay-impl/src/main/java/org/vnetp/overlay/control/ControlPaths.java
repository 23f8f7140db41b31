package org.vnetp.overlay.control;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where control sockets are: `/run/vnetp/NODE.sock` for root, `$XDG_RUNTIME_DIR/vnetp/NODE.sock`
/// for others.
public final class ControlPaths {
    private ControlPaths() {}

    /// The socket of a node that is about to start.
    public static Path forNode(String node) {
        Path run = Path.of("/run");
        String user = System.getenv("XDG_RUNTIME_DIR");
        boolean system = Files.isWritable(run) || Files.isWritable(run.resolve("vnetp"));
        if (!system && user != null && !user.isEmpty()) {
            return Path.of(user, "vnetp", node + ".sock");
        }
        return run.resolve("vnetp").resolve(node + ".sock");
    }

    /// Finds the socket that a client means: a path, or a node's name.
    static Path find(String nodeOrSocket) {
        if (nodeOrSocket.indexOf('/') >= 0) {
            return Path.of(nodeOrSocket);
        }
        for (Path candidate : candidates(nodeOrSocket)) {
            if (Files.exists(candidate)) {
                return candidate;
            }
        }
        return forNode(nodeOrSocket);
    }

    private static List<Path> candidates(String node) {
        List<Path> paths = new ArrayList<>();
        paths.add(Path.of("/run/vnetp", node + ".sock"));
        String user = System.getenv("XDG_RUNTIME_DIR");
        if (user != null && !user.isEmpty()) {
            paths.add(Path.of(user, "vnetp", node + ".sock"));
        }
        return paths;
    }
}

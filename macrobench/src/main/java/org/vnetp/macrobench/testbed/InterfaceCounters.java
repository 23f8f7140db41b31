package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads the counters of interfaces in the namespace of a process, without starting one.
final class InterfaceCounters {
    private InterfaceCounters() {}

    /// @throws FabricException when the process or the interface is gone
    static Counters.Interface read(String host, long pid, String interfaceName) {
        Path file = Path.of("/proc", Long.toString(pid), "net", "dev");
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new FabricException("cannot read the counters of " + host + ": " + e.getMessage(), e);
        }
        Counters.Interface found = parse(host, interfaceName, text);
        if (found == null) {
            throw new FabricException(host + " has no interface " + interfaceName + " any more");
        }
        return found;
    }

    /// Whether the namespace of a process has that interface.
    static boolean has(long pid, String interfaceName) {
        try {
            String text = Files.readString(Path.of("/proc", Long.toString(pid), "net", "dev"));
            return parse("", interfaceName, text) != null;
        } catch (IOException e) {
            return false;
        }
    }

    /// Takes one interface from the text of /proc/net/dev, null when it is not there.
    static Counters.Interface parse(String host, String interfaceName, String text) {
        for (String line : text.split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).trim().equals(interfaceName)) {
                // Receive: bytes packets errs drop fifo frame compressed multicast; then transmit the same way.
                String[] f = line.substring(colon + 1).trim().split(" +");
                return new Counters.Interface(
                        host, interfaceName, at(f, 0), at(f, 1), at(f, 3), at(f, 8), at(f, 9), at(f, 11));
            }
        }
        return null;
    }

    private static long at(String[] fields, int index) {
        return Long.parseLong(fields[index]);
    }
}

package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads the counters of interfaces and of TCP in the namespace of a process, without starting one.
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

    /// TCP segments that were sent again in the namespace of a process; NaN where unknown.
    static double retransmits(long pid) {
        try {
            return retransmits(Files.readString(Path.of("/proc", Long.toString(pid), "net", "snmp")));
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /// The same from the text of /proc/net/snmp: a line of names, then one of values.
    static double retransmits(String text) {
        String[] names = null;
        for (String line : text.split("\n")) {
            if (!line.startsWith("Tcp:")) {
                continue;
            }
            String[] fields = line.split(" ");
            if (names == null) {
                names = fields;
                continue;
            }
            for (int i = 0; i < Math.min(names.length, fields.length); i++) {
                if (names[i].equals("RetransSegs")) {
                    return Double.parseDouble(fields[i]);
                }
            }
        }
        return Double.NaN;
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

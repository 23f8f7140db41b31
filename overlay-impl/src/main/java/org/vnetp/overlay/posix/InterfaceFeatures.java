package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What an interface of some namespace takes over from its kernel, as `ethtool -K` sets it (linux/ethtool.h). Set-up
/// only.
public final class InterfaceFeatures {
    private static final long SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_GDRVINFO = 3;
    private static final int ETHTOOL_GSTRINGS = 0x1b;
    private static final int ETHTOOL_GSSET_INFO = 0x37;
    private static final int ETHTOOL_GFEATURES = 0x3a;
    private static final int ETHTOOL_SFEATURES = 0x3b;
    private static final int ETH_SS_FEATURES = 4;
    private static final int NAME_BYTES = 32;
    /// struct ethtool_drvinfo
    private static final int DRIVER_INFO_LENGTH = 196;
    private static final int IFREQ_LENGTH = 40;
    private static final int IFREQ_UNION = 16;
    private static final int SOCK_DGRAM = 2;

    /// Superframes inside tunnels (NETIF_F_GSO_ENCAP_ALL).
    private static final Set<String> TUNNEL_SEGMENTATION = Set.of(
            "tx-gre-segmentation",
            "tx-gre-csum-segmentation",
            "tx-ipxip4-segmentation",
            "tx-ipxip6-segmentation",
            "tx-udp_tnl-segmentation",
            "tx-udp_tnl-csum-segmentation");

    private InterfaceFeatures() {}

    /// Says whether an interface takes superframes of tunnels whole, or has the kernel cut them before.
    ///
    /// @param namespace path of its namespace, or null for this process's
    /// @throws PosixException where it cannot be set, or the interface is not there
    public static void tunnelSegmentation(String namespace, String name, boolean on) {
        NetworkNamespace.inside(namespace, posix -> {
            try (Asked asked = new Asked(posix, name, "set whether '" + name + "' takes superframes of tunnels")) {
                List<String> names = asked.names();
                // struct ethtool_sfeatures: for 32 features each which are meant, and which of them shall be on.
                int blocks = blocks(names);
                MemorySegment wanted = asked.command(ETHTOOL_SFEATURES, 8 + 8L * blocks);
                wanted.set(ValueLayout.JAVA_INT, 4, blocks);
                for (int number = 0; number < names.size(); number++) {
                    if (TUNNEL_SEGMENTATION.contains(names.get(number))) {
                        long block = 8 + 8L * (number / Integer.SIZE);
                        int bit = 1 << number % Integer.SIZE;
                        wanted.set(ValueLayout.JAVA_INT, block, wanted.get(ValueLayout.JAVA_INT, block) | bit);
                        int shallBe = wanted.get(ValueLayout.JAVA_INT, block + 4) | (on ? bit : 0);
                        wanted.set(ValueLayout.JAVA_INT, block + 4, shallBe);
                    }
                }
                asked.call(wanted);
            }
            return null;
        });
    }

    /// The driver of an interface of this process's namespace, as `ethtool -i` tells it: `tun` of a TAP.
    ///
    /// @throws PosixException where the interface is not there, or the kernel does not tell
    public static String driver(String name) {
        try (Asked asked = new Asked(new Posix(), name, "ask for the driver of '" + name + "'")) {
            MemorySegment told = asked.command(ETHTOOL_GDRVINFO, DRIVER_INFO_LENGTH);
            asked.call(told);
            return told.asSlice(4, NAME_BYTES).getString(0);
        }
    }

    /// Whether an interface of this process's namespace takes superframes of tunnels whole.
    ///
    /// @throws PosixException where the interface is not there, or the kernel does not tell
    public static boolean tunnelSegmentation(String name) {
        try (Asked asked = new Asked(new Posix(), name, "ask whether '" + name + "' takes superframes of tunnels")) {
            List<String> names = asked.names();
            // struct ethtool_gfeatures: for 32 features each those available, asked for, active, never to be changed.
            int blocks = blocks(names);
            MemorySegment told = asked.command(ETHTOOL_GFEATURES, 8 + 16L * blocks);
            told.set(ValueLayout.JAVA_INT, 4, blocks);
            asked.call(told);
            for (int number = 0; number < names.size(); number++) {
                int active = told.get(ValueLayout.JAVA_INT, 8 + 16L * (number / Integer.SIZE) + 8);
                if (TUNNEL_SEGMENTATION.contains(names.get(number)) && (active >>> number % Integer.SIZE & 1) != 0) {
                    return true;
                }
            }
            return false;
        }
    }

    /// Words of 32 features each that hold all.
    private static int blocks(List<String> names) {
        return (names.size() + Integer.SIZE - 1) / Integer.SIZE;
    }

    /// The kernel, as it is asked about one interface.
    private static final class Asked implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final Posix posix;
        private final String name;
        private final String what;
        private final int socket;

        Asked(Posix posix, String name, String what) {
            this.posix = posix;
            this.name = name;
            this.what = what;
            this.socket = Posix.check(posix.socket(SocketAddresses.AF_INET, SOCK_DGRAM | Posix.O_CLOEXEC, 0), what);
        }

        /// A zeroed struct of a command of ethtool's.
        MemorySegment command(int number, long bytes) {
            MemorySegment command = arena.allocate(bytes, 8);
            command.set(ValueLayout.JAVA_INT, 0, number);
            return command;
        }

        /// All features of this kernel by their numbers, which differ from version to version.
        List<String> names() {
            // struct ethtool_sset_info with one set asked for, and its size.
            MemorySegment sizes = command(ETHTOOL_GSSET_INFO, 24);
            sizes.set(ValueLayout.JAVA_LONG, 8, 1L << ETH_SS_FEATURES);
            call(sizes);
            int count = sizes.get(ValueLayout.JAVA_INT, 16);
            MemorySegment strings = command(ETHTOOL_GSTRINGS, 12 + (long) count * NAME_BYTES);
            strings.set(ValueLayout.JAVA_INT, 4, ETH_SS_FEATURES);
            strings.set(ValueLayout.JAVA_INT, 8, count);
            call(strings);
            List<String> names = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                names.add(
                        strings.asSlice(12 + (long) i * NAME_BYTES, NAME_BYTES).getString(0));
            }
            return names;
        }

        void call(MemorySegment command) {
            MemorySegment ifreq = arena.allocate(IFREQ_LENGTH, 8);
            ifreq.setString(0, TapDevice.checkName(name));
            ifreq.set(ValueLayout.JAVA_LONG, IFREQ_UNION, command.address());
            Posix.check(posix.ioctl(socket, SIOCETHTOOL, ifreq.address()), what);
        }

        @Override
        public void close() {
            posix.close(socket);
            arena.close();
        }
    }
}

package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Which fabric, and how it is set.
///
/// As text, `[NAME=]KIND[:KEY=VALUE,...]`, for instance
/// - `native`
/// - `vxlan`
/// - `vnetp`, `vnetp:mode=guest`, `fast=vnetp:mode=vmm,batch=128,wire=vxlan`; `vnetp-vxlan` is
///   `vnetp:wire=vxlan`, `vnetp-ebpf` is `vnetp:wire=vxlan,fastpath=on`, `vnetp-sealed` is
///   `vnetp:seal=aes-128-gcm`, `vnetp-ucx` is `vnetp:wire=ucx`, and `vnetp-ucx:tls=posix` says its transports
/// - `vnetp-vm`, `tap-vm`, `vxlan-vm`: guests that are virtual machines, over our nodes, over bridges
///   alone, over the kernel's overlay; `vnetp-vm:placement=guest` has our nodes in
///   the machines, `vnetp-vm:vmm=qemu` another monitor
/// - `native=tap-vm`: all others are compared with machines without an overlay, which stand in native's place
/// - `tinc`, `n2n`, ...: an overlay described by a file that comes with the suite
/// - `file:/path/to/overlay.fabric`: an overlay described by the user's own file
///
/// @param name how it is called in results, and part of its guests' names
/// @param kind which kind of fabric
/// @param options settings, checked by the kind when the fabric comes up; unknown keys are refused
public record FabricSpec(String name, Kind kind, Map<String, String> options) {
    public enum Kind {
        NATIVE,
        VXLAN,
        VNETP,
        EXTERNAL,
        /// Virtual machines whose NICs nodes of ours serve.
        VNETP_VM,
        /// Virtual machines on bridges, no overlay.
        TAP_VM,
        /// Virtual machines on bridges with the kernel's overlay.
        VXLAN_VM,
        /// Both ends in one host: the floor of what is measured.
        LOOPBACK
    }

    /// The option of an external fabric that names its file or one of [#PEERS].
    static final String DESCRIPTION = "description";

    private static final String UCX = "libucp.so.0";
    private static final String PEER_NAMES =
            "tinc, n2n, vde2, openvpn, nebula, fastd, wireguard-go, tinc-sealed, openvpn-sealed, fastd-sealed";

    /// The overlays whose description comes with the suite.
    public static final List<String> PEERS = List.of(PEER_NAMES.split(", "));

    private static final String BUILT_IN_NAMES =
            "native, vxlan, vnetp, vnetp-vxlan, vnetp-ebpf, vnetp-sealed, vnetp-ucx, vnetp-vm, tap-vm, vxlan-vm, loopback";

    /// What a fabric can be called by without settings, for help and messages.
    public static final String NAMES = BUILT_IN_NAMES + ", " + PEER_NAMES;

    private static final List<String> KINDS = List.of(BUILT_IN_NAMES.split(", "));

    /// The name of the fabric that is the hosts themselves.
    public static final String NATIVE_NAME = "native";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:,+-]{0,79}");

    public FabricSpec {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "fabric name: expected up to 80 letters, digits and any of . _ : , + -, got '" + name + "'");
        }
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    public static FabricSpec nativeFabric() {
        return new FabricSpec(NATIVE_NAME, Kind.NATIVE, Map.of());
    }

    public static FabricSpec vxlan() {
        return new FabricSpec("vxlan", Kind.VXLAN, Map.of());
    }

    public static FabricSpec vnetp() {
        return new FabricSpec("vnetp", Kind.VNETP, Map.of());
    }

    /// An overlay described by the file at `description`.
    public static FabricSpec external(String name, Path description) {
        return new FabricSpec(name, Kind.EXTERNAL, Map.of(DESCRIPTION, description.toString()));
    }

    public FabricSpec withName(String newName) {
        return new FabricSpec(newName, kind, options);
    }

    public FabricSpec withOption(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(options);
        more.put(key, value);
        return new FabricSpec(name, kind, more);
    }

    /// Whether its guests are virtual machines.
    public boolean inMachines() {
        return switch (kind) {
            case VNETP_VM, TAP_VM, VXLAN_VM -> true;
            case VNETP, NATIVE, VXLAN, LOOPBACK, EXTERNAL -> false;
        };
    }

    /// The Debian packages of programs that it needs and that are not here.
    ///
    /// @throws IllegalArgumentException when its description cannot be read
    public List<String> missingPackages() {
        return switch (kind) {
            case EXTERNAL -> {
                ExternalDescription description = ExternalDescription.load(options.get(DESCRIPTION));
                yield description.programs().stream().allMatch(Machine::has)
                        ? List.of()
                        : List.of(description.debianPackage());
            }
            case VNETP_VM, TAP_VM, VXLAN_VM -> MachineMonitor.missingPackages(options);
            case VNETP ->
                "ucx".equals(options.get("wire")) && !Machine.hasLibrary(UCX) ? List.of(Packages.of(UCX)) : List.of();
            case NATIVE, VXLAN, LOOPBACK -> List.of(); // what the testbed itself needs is asked for elsewhere
        };
    }

    /// Reads the text described above.
    ///
    /// @throws IllegalArgumentException naming the legal kinds where the kind is not one of them
    public static FabricSpec parse(String text) {
        String name = null;
        String rest = text;
        int equals = text.indexOf('=');
        int colon = text.indexOf(':');
        if (equals > 0 && (colon < 0 || equals < colon)) {
            name = text.substring(0, equals);
            rest = text.substring(equals + 1);
        }
        if (rest.startsWith("file:")) {
            Path file = Path.of(rest.substring("file:".length()));
            Path last = file.getFileName();
            if (last == null) {
                throw new IllegalArgumentException("fabric: expected file:PATH, got '" + text + "'");
            }
            return external(name != null ? name : last.toString().replaceFirst("\\.fabric$", ""), file);
        }
        colon = rest.indexOf(':');
        String kind = colon < 0 ? rest : rest.substring(0, colon);
        Map<String, String> options = new LinkedHashMap<>();
        if (colon >= 0) {
            for (String option : rest.substring(colon + 1).split(",", -1)) {
                int is = option.indexOf('=');
                if (is <= 0) {
                    throw new IllegalArgumentException(
                            "fabric '" + text + "': expected KEY=VALUE after ':', got '" + option + "'");
                }
                if (options.put(option.substring(0, is), option.substring(is + 1)) != null) {
                    throw new IllegalArgumentException(
                            "fabric '" + text + "': '" + option.substring(0, is) + "' is given twice");
                }
            }
        }
        String called = name != null ? name : rest.replace('=', '-');
        return switch (kind) {
            case "native" -> {
                if (!options.isEmpty() || !called.equals(NATIVE_NAME)) {
                    throw new IllegalArgumentException(
                            "fabric '" + text + "': native has no settings and no other name");
                }
                yield nativeFabric();
            }
            case "loopback" -> {
                if (!options.isEmpty()) {
                    throw new IllegalArgumentException("fabric '" + text + "': loopback has no settings");
                }
                yield new FabricSpec(called, Kind.LOOPBACK, options);
            }
            case "vxlan" -> new FabricSpec(called, Kind.VXLAN, options);
            case "vnetp" -> new FabricSpec(called, Kind.VNETP, options);
            case "vnetp-vm" -> new FabricSpec(called, Kind.VNETP_VM, options);
            case "tap-vm" -> new FabricSpec(called, Kind.TAP_VM, options);
            case "vxlan-vm" -> new FabricSpec(called, Kind.VXLAN_VM, options);
            case "vnetp-vxlan" -> new FabricSpec(called, Kind.VNETP, options).withOption("wire", "vxlan");
            case "vnetp-ebpf" ->
                new FabricSpec(called, Kind.VNETP, options)
                        .withOption("wire", "vxlan")
                        .withOption("fastpath", "on");
            case "vnetp-ucx" -> new FabricSpec(called, Kind.VNETP, options).withOption("wire", "ucx");
            case "vnetp-sealed" -> {
                FabricSpec sealed = new FabricSpec(called, Kind.VNETP, options);
                yield options.containsKey("seal") ? sealed : sealed.withOption("seal", "aes-128-gcm");
            }
            default -> {
                if (!PEERS.contains(kind)) {
                    throw new IllegalArgumentException(
                            "fabric: expected " + NAMES + " or file:PATH, got '" + kind + "'");
                }
                yield new FabricSpec(called, Kind.EXTERNAL, options).withOption(DESCRIPTION, kind);
            }
        };
    }

    /// Reads a list with commas between the fabrics. A comma followed by `KEY=VALUE` goes on with
    /// the settings of the fabric before it, unless what stands before `=` names a fabric by being
    /// followed by a kind.
    ///
    /// `native,vnetp:mode=guest,batch=64,vxlan` is three fabrics.
    public static List<FabricSpec> parseList(String text) {
        return splitList(text).stream().map(FabricSpec::parse).toList();
    }

    /// The fabrics of such a list, each as its own text.
    public static List<String> splitList(String text) {
        List<String> parts = new java.util.ArrayList<>();
        for (String part : text.split(",", -1)) {
            boolean setting = part.matches("[a-z][a-z-]*=[^:]*")
                    && !parts.isEmpty()
                    && parts.getLast().contains(":")
                    && !isKind(part.substring(part.indexOf('=') + 1));
            if (setting) {
                parts.set(parts.size() - 1, parts.getLast() + "," + part);
            } else {
                parts.add(part);
            }
        }
        return parts;
    }

    private static boolean isKind(String word) {
        return KINDS.contains(word) || PEERS.contains(word);
    }

    /// The name in the characters that host names, namespaces and files may have.
    String safeName() {
        String safe = name.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        // Long names keep their start and stay distinct by their hash.
        return safe.length() <= 24
                ? safe
                : safe.substring(0, 15) + "-" + String.format(Locale.ROOT, "%08x", name.hashCode());
    }
}

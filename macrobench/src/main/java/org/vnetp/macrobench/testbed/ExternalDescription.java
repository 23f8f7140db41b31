package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The file that describes somebody else's overlay, so that it can be a fabric.
///
/// Lines of `KEY = VALUE`, then sections. `#` starts a comment line in the head and among commands.
///
/// ```
/// title = tinc 1.0, switch mode            # what reports call it (must be there)
/// encryption = off                         # what protects its traffic, for reports (must be there)
/// program = tincd                          # what must be installed (several separated by spaces)
/// package = tinc                           # the Debian package that has it
/// interface = tap0                         # the interface it creates on the host, which becomes the guest's
/// mtu = 1400                               # the guests' MTU in bytes; -N means the hosts' less N
/// max-hosts = 2                            # when it cannot join more
/// seconds = 20                             # how long it may take to come up
/// ready = is active                        # in the daemon's log when its interface may be moved; default: at once
///
/// [file tinc.conf]                         # a file in the host's directory {dir}; text until the next section
/// [files hosts/{any.host}]                 # one for each host
/// [once]                                   # commands run once, in {shared}
/// [prepare]                                # commands run on every host; each must succeed
/// [daemon]                                 # commands that stay; each is a process whose log is kept
/// [down]                                   # commands run on every host when the fabric closes
/// ```
///
/// Commands are run by `sh -c` in the host's namespace and directory, one a line. `[daemon first]`
/// and `[prepare first]` are for the first host only, `[daemon others]` and `[prepare others]` for
/// all others.
///
/// Placeholders: `{host}` its name, `{index}` from 1, `{address}` and `{device}` its address and
/// interface on the network between the hosts, `{overlay}` and `{prefix}` the guest's address and
/// its prefix length, `{netmask}`, `{mac}`, `{guest}` the guest's namespace, `{interface}`,
/// `{mtu}`, `{port}` a UDP port of the fabric's own, `{network}` a number of its own, `{dir}` a
/// directory of the host's own, `{shared}` one of the fabric's; `{first.host}`, `{first.address}`
/// ... the same of the first host. A line with `{peer.host}`, `{peer.address}` ... is repeated for
/// every other host, one with `{any.host}` ... for every host.
///
/// Unknown keys, sections and placeholders are refused with the line's number.
final class ExternalDescription {
    enum Who {
        ALL,
        FIRST,
        OTHERS
    }

    /// @param path relative to the host's directory
    record FileTemplate(String path, boolean eachHost, List<String> lines) {}

    record Command(Who who, String text, int line) {}

    private static final Set<String> KEYS =
            Set.of("title", "encryption", "program", "package", "interface", "mtu", "max-hosts", "seconds", "ready");
    private static final Set<String> REQUIRED = Set.of("title", "encryption", "program", "package", "interface", "mtu");
    private static final Set<String> SECTIONS = Set.of("once", "prepare", "daemon", "down");
    /// Placeholders of a host, alone or behind `first.`, `peer.` and `any.`.
    static final Set<String> OF_HOST = Set.of("host", "index", "address", "device", "overlay", "mac", "guest", "dir");
    /// Placeholders of the fabric.
    static final Set<String> OF_FABRIC = Set.of("prefix", "netmask", "interface", "mtu", "port", "network", "shared");

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z]+(?:\\.[a-z]+)?)\\}");

    private final String source;
    private final Map<String, String> head = new LinkedHashMap<>();
    private final List<FileTemplate> files = new ArrayList<>();
    private final Map<String, List<Command>> commands = new LinkedHashMap<>();

    private ExternalDescription(String source) {
        this.source = source;
    }

    /// Reads the description of one of [FabricSpec#PEERS], or the file of that path.
    ///
    /// @throws IllegalArgumentException naming the line and what was expected
    static ExternalDescription load(String nameOrPath) {
        try {
            if (FabricSpec.PEERS.contains(nameOrPath)) {
                String resource = nameOrPath + ".fabric";
                try (InputStream stream = ExternalDescription.class.getResourceAsStream(resource)) {
                    if (stream == null) {
                        throw new IllegalStateException("no description of " + nameOrPath + " in this build");
                    }
                    return parse(resource, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            return parse(nameOrPath, Files.readString(Path.of(nameOrPath)));
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the fabric's description " + nameOrPath + ": " + e, e);
        }
    }

    static ExternalDescription parse(String source, String text) {
        ExternalDescription result = new ExternalDescription(source);
        String section = null;
        Who who = Who.ALL;
        FileTemplate file = null;
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String bare = line.strip();
            if (bare.startsWith("[") && bare.endsWith("]")) {
                String[] words = bare.substring(1, bare.length() - 1).strip().split("\\s+");
                file = null;
                section = words[0];
                if (section.equals("file") || section.equals("files")) {
                    if (words.length != 2) {
                        throw result.wrong(number, "expected [" + section + " PATH]");
                    }
                    result.checkPlaceholders(words[1], number);
                    file = new FileTemplate(words[1], section.equals("files"), new ArrayList<>());
                    result.files.add(file);
                } else {
                    who = result.who(words, number);
                }
            } else if (file != null) {
                result.checkPlaceholders(line, number);
                file.lines().add(line);
            } else if (bare.isEmpty() || bare.startsWith("#")) {
                continue;
            } else if (section != null) {
                result.checkPlaceholders(bare, number);
                result.commands.computeIfAbsent(section, s -> new ArrayList<>()).add(new Command(who, bare, number));
            } else {
                result.headLine(bare, number);
            }
        }
        for (String key : new TreeSet<>(REQUIRED)) {
            if (!result.head.containsKey(key)) {
                throw new IllegalArgumentException(source + ": '" + key + " = ...' is missing");
            }
        }
        if (!result.commands.containsKey("daemon")) {
            throw new IllegalArgumentException(source + ": section [daemon] is missing");
        }
        result.integer("max-hosts", TestbedSpec.MAX_HOSTS);
        result.integer("seconds", 0);
        result.mtu(1500);
        return result;
    }

    private Who who(String[] words, int number) {
        if (!SECTIONS.contains(words[0])) {
            throw wrong(
                    number,
                    "unknown section '" + words[0] + "'; legal are file, files, "
                            + String.join(", ", new TreeSet<>(SECTIONS)));
        }
        if (words.length == 1) {
            return Who.ALL;
        }
        if (words.length == 2 && !words[0].equals("once")) {
            if (words[1].equals("first")) {
                return Who.FIRST;
            }
            if (words[1].equals("others")) {
                return Who.OTHERS;
            }
        }
        throw wrong(number, "expected [" + words[0] + "]" + (words[0].equals("once") ? "" : ", first or others"));
    }

    private void headLine(String line, int number) {
        int equals = line.indexOf('=');
        String key = equals < 0 ? line : line.substring(0, equals).strip();
        if (!KEYS.contains(key)) {
            throw wrong(number, "unknown key '" + key + "'; legal are " + String.join(", ", new TreeSet<>(KEYS)));
        }
        String value = equals < 0 ? "" : line.substring(equals + 1).strip();
        if (value.isEmpty()) {
            throw wrong(number, "'" + key + "' has no value");
        }
        if (head.put(key, value) != null) {
            throw wrong(number, "'" + key + "' is given twice");
        }
    }

    private void checkPlaceholders(String line, int number) {
        Matcher matcher = PLACEHOLDER.matcher(line);
        while (matcher.find()) {
            String name = matcher.group(1);
            int dot = name.indexOf('.');
            String scope = dot < 0 ? "" : name.substring(0, dot);
            String rest = name.substring(dot + 1);
            boolean known = dot < 0
                    ? OF_HOST.contains(rest) || OF_FABRIC.contains(rest)
                    : Set.of("first", "peer", "any").contains(scope) && OF_HOST.contains(rest);
            if (!known) {
                throw wrong(number, "unknown placeholder {" + name + "}");
            }
        }
    }

    private IllegalArgumentException wrong(int line, String why) {
        return new IllegalArgumentException(source + " line " + line + ": " + why);
    }

    private int integer(String key, int otherwise) {
        String text = head.get(key);
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(source + ": " + key + " must be a whole number, got '" + text + "'", e);
        }
    }

    String title() {
        return head.get("title");
    }

    String encryption() {
        return head.get("encryption");
    }

    List<String> programs() {
        return List.of(head.get("program").split("\\s+"));
    }

    String debianPackage() {
        return head.get("package");
    }

    /// What the daemon that carries the interface prints when it has set it up; empty when the
    /// interface may be moved into the guest as soon as it is there.
    String ready() {
        return head.getOrDefault("ready", "");
    }

    String interfaceName() {
        return head.get("interface");
    }

    int maxHosts() {
        return integer("max-hosts", TestbedSpec.MAX_HOSTS);
    }

    int seconds() {
        return integer("seconds", 20);
    }

    /// The guests' MTU over an underlay of that MTU.
    int mtu(int underlay) {
        int value = integer("mtu", 0);
        return value < 0 ? underlay + value : value;
    }

    List<FileTemplate> files() {
        return files;
    }

    List<Command> commands(String section, boolean firstHost) {
        return commands.getOrDefault(section, List.of()).stream()
                .filter(c -> c.who() == Who.ALL || (c.who() == Who.FIRST) == firstHost)
                .toList();
    }

    /// Replaces every placeholder by what `value` gives for its name.
    static String fill(String text, UnaryOperator<String> value) {
        return PLACEHOLDER.matcher(text).replaceAll(m -> Matcher.quoteReplacement(value.apply(m.group(1))));
    }

    /// Whether a line is to be repeated for each host of that scope, `peer` or `any`.
    static boolean repeats(String text, String scope) {
        return text.contains("{" + scope + ".");
    }
}

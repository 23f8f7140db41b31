package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The operator's page, overlay-impl/README.md, word by word: what its section "A first overlay, by hand" says to write
/// and to type on the first and on the second machine is written and typed there.
@Tag("netns")
@Timeout(120)
class OperatorsPageTest {
    private static final Pattern BLOCK =
            Pattern.compile("^```(text|sh) (first|second) ?([^\\n]*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final String MAIN = """
            case $1 in
              node) main=org.vnetp.overlay.NodeMain ;;
              ctl) main=org.vnetp.overlay.control.CtlMain ;;
            esac
            shift
            exec '%s' --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' $main "$@"
            """;

    @Test
    void aFirstOverlayByHand() throws Exception {
        Namespaces.require("ip", "ping", "mount");
        try (Machines machines = new Machines()) {
            Matcher block = BLOCK.matcher(Files.readString(Path.of("README.md")));
            int files = 0;
            int commands = 0;
            while (block.find()) {
                int machine = block.group(2).equals("first") ? 1 : 2;
                String what = block.group(3);
                String text = block.group(4);
                if (block.group(1).equals("text")) {
                    Files.writeString(machines.home(machine).resolve(what), text);
                    files++;
                    continue;
                }
                commands++;
                assertEquals(1, text.lines().count(), text);
                if (what.equals("node")) {
                    machines.startNode(machine, text.strip());
                } else {
                    String said = machines.type(machine, text.strip());
                    String expected = what.startsWith("says ") ? what.substring(5) : "";
                    assertTrue(said.contains(expected), "'" + text.strip() + "' said\n" + said);
                }
            }
            assertEquals(2, files);
            assertEquals(8, commands);
        }
    }

    /// Two machines as the page has them: 10.1.0.1 and 10.1.0.2, each with a checkout and a /run/vnetp of its own.
    private static final class Machines extends Namespaces {
        private final List<Path> homes = new ArrayList<>();

        Machines() throws Exception {
            try {
                for (int i = 1; i <= 2; i++) {
                    add("m" + i);
                    Path home = Files.createTempDirectory("vnetp-page");
                    homes.add(home);
                    Files.createDirectory(home.resolve("run"));
                    String java = Path.of(System.getProperty("java.home"), "bin", "java")
                            .toString();
                    String classPath =
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
                    // `ip netns exec` gives each command a mount namespace of its own.
                    Path launcher = Files.writeString(
                            home.resolve("vnetp"),
                            "#!/bin/sh\nmkdir -p /run/vnetp && mount --bind '" + home.resolve("run") + "' /run/vnetp\n"
                                    + MAIN.formatted(java, classPath));
                    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
                run(
                        "ip",
                        "link",
                        "add",
                        "u",
                        "netns",
                        name("m1"),
                        "type",
                        "veth",
                        "peer",
                        "name",
                        "u",
                        "netns",
                        name("m2"));
                for (int i = 1; i <= 2; i++) {
                    ip(name("m" + i), "addr add 10.1.0." + i + "/24 dev u");
                    ip(name("m" + i), "link set u up");
                }
            } catch (Exception | Error e) {
                close();
                throw e;
            }
        }

        Path home(int machine) {
            return homes.get(machine - 1);
        }

        private String shell(int machine, String command) {
            return "cd '" + home(machine) + "' && " + command;
        }

        void startNode(int machine, String command) throws Exception {
            awaitOutput(start(name("m" + machine), "sh", "-c", shell(machine, "exec " + command)), " ready control=");
        }

        /// @return what it printed; it must end with 0
        String type(int machine, String command) throws Exception {
            return run("ip", "netns", "exec", name("m" + machine), "sh", "-c", shell(machine, command));
        }

        @Override
        public void close() throws java.io.IOException {
            super.close();
            for (Path home : homes) {
                try (var all = Files.walk(home)) {
                    for (Path each :
                            all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                        Files.delete(each);
                    }
                }
            }
        }
    }
}

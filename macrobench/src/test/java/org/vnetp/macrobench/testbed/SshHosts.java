package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Two namespaces and their guests on one more fabric, `over`, that pass for machines of an inventory:
/// reached by ssh, each with a /tmp of its own in which there is nothing of ours but the checkout, if it is
/// there.
///
/// The user has a home of its own there with [#loginShell] and start-up files of its own, empty at first:
/// the tester's may take a second for every command that comes by ssh, and one that was killed may leave a
/// lock for which all later ones wait.
///
/// sshd needs no port: ssh starts it inside the host and talks to its standard streams.
public final class SshHosts implements AutoCloseable {
    private static final Path PRIVILEGE_SEPARATION = Path.of("/run/sshd");

    private static final String OWN_PLACE = """
            exec 3< "$1"
            mount -t tmpfs tmpfs /tmp || exit 1
            case $1 in
                /tmp/*) mkdir -p "$1" && mount --no-canonicalize --bind /proc/$$/fd/3 "$1" ;;
            esac
            mount --bind "$2" /etc/passwd || exit 1
            """;

    private final Testbed machines;
    private final Path inventory;
    private final boolean made;

    /// Of every shell that tests use.
    private static final List<String> START_UP =
            List.of(".bashrc", ".profile", ".cshrc", ".tcshrc", ".zshenv", ".config/fish/config.fish");

    private SshHosts(Testbed machines, Path inventory, boolean made) {
        this.machines = machines;
        this.inventory = inventory;
        this.made = made;
    }

    /// @param name of the lab
    public static SshHosts up(String name) throws IOException {
        Requirements.namespaces();
        Requirements.program("sshd");
        Requirements.program("ssh");
        boolean made = !Files.exists(PRIVILEGE_SEPARATION);
        if (made) {
            Files.createDirectory(PRIVILEGE_SEPARATION);
        }
        Testbed machines = null;
        try {
            machines = Testbed.up(
                    TestbedSpec.hosts(2).withName(name + ProcessHandle.current().pid() % 100_000));
            return new SshHosts(machines, prepare(machines), made);
        } catch (IOException | RuntimeException e) {
            if (machines != null) {
                machines.close();
            }
            if (made) {
                Files.deleteIfExists(PRIVILEGE_SEPARATION);
            }
            throw e;
        }
    }

    private static Path prepare(Testbed machines) throws IOException {
        Fabric vxlan = machines.fabric(FabricSpec.vxlan());
        // Not in /tmp: the hosts need it too, to reach each other.
        Path directory =
                Files.createDirectory(machines.fabrics().getFirst().directory().resolve("ssh"));
        for (String key : List.of("host", "user")) {
            String file = directory.resolve(key).toString();
            Shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file);
        }
        Files.writeString(directory.resolve("sshd_config"), """
                HostKey %1$s/host
                AuthorizedKeysFile %1$s/user.pub
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                PidFile none
                """.formatted(directory));
        Path passwd = Files.createFile(directory.resolve("passwd"));
        loginShell(directory, "/bin/sh", "");
        StringBuilder config = new StringBuilder();
        StringBuilder inventory = new StringBuilder("option -F " + directory.resolve("config") + "\n");
        String checkout = Path.of("").toAbsolutePath().getParent().toString();
        for (int i = 0; i < 2; i++) {
            Host host = machines.hosts().get(i);
            Endpoint guest = vxlan.endpoints().get(i);
            config.append(entry(directory, "m" + i, host.command(List.of("sshd"))));
            config.append(entry(directory, "g" + i, guest.command(List.of("sshd"))));
            inventory.append(String.format(
                    Locale.ROOT,
                    "n%d m%d native=%s,%s over=%s,%s,g%d%n",
                    i,
                    i,
                    host.address(),
                    host.interfaceName(),
                    guest.address(),
                    guest.interfaceName(),
                    i));
            List<String> ownPlace = List.of("sh", "-c", OWN_PLACE, "sh", checkout, passwd.toString());
            Shell.run(host.command(ownPlace).command(), "");
            Shell.run(guest.command(ownPlace).command(), "");
        }
        Files.writeString(directory.resolve("config"), config);
        return Files.writeString(directory.resolve("inventory"), inventory);
    }

    private static String entry(Path directory, String target, ProcessBuilder sshd) {
        String enter = sshd.command().getFirst();
        return """
                Host %1$s
                  HostName %1$s
                  User root
                  ProxyCommand sh -c "cd /; exec %2$s %3$s -i -f %4$s/sshd_config"
                  IdentityFile %4$s/user
                  IdentitiesOnly yes
                  StrictHostKeyChecking no
                  UserKnownHostsFile /dev/null
                """.formatted(target, enter, Shell.find("sshd"), directory);
    }

    /// Takes the JDK away on all machines.
    void hideJdk() {
        for (Fabric fabric : machines.fabrics()) {
            for (Endpoint each : fabric.endpoints()) {
                Shell.run(each.command("mount", "-t", "tmpfs", "none", System.getProperty("java.home")), "");
            }
        }
    }

    /// The home directory of the user on all machines, which they share.
    Path home() {
        return inventory.resolveSibling("home");
    }

    /// Brings up what is to be tested.
    ///
    /// @param pack makes what is copied to machines without a JDK
    Testbed testbed(Supplier<Pack.Archive> pack) {
        return InventoryTestbed.open(inventory, pack);
    }

    /// Brings up what is to be tested.
    public Testbed testbed() {
        return Testbed.inventory(inventory);
    }

    /// The same by other names.
    public Testbed testbed(List<String> names) throws IOException {
        String text = Files.readString(inventory);
        for (int i = 0; i < names.size(); i++) {
            text = text.replaceFirst("(?m)^n" + i + " ", names.get(i) + " ");
        }
        return Testbed.inventory(Files.writeString(inventory.resolveSibling("named"), text));
    }

    /// Makes a directory that all machines have.
    public Path directory(String name) throws IOException {
        return Files.createDirectory(inventory.resolveSibling(name));
    }

    /// Writes a file of that user.
    public void homeFile(String name, String text) throws IOException {
        Path file = inventory.getParent().resolve("home").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /// Gives the user on all machines a login shell, for connections that are made from now on.
    ///
    /// @param shell with its path
    /// @param startUp what its start-up files run, in words that every shell understands
    public void loginShell(String shell, String startUp) throws IOException {
        loginShell(inventory.getParent(), shell, startUp);
    }

    private static void loginShell(Path directory, String shell, String startUp) throws IOException {
        Path home = directory.resolve("home");
        for (String file : START_UP) {
            Files.createDirectories(home.resolve(file).getParent());
            Files.writeString(home.resolve(file), startUp + "\n");
        }
        // Written in place: it is bound over the machines' own.
        Files.writeString(
                directory.resolve("passwd"),
                "root:x:0:0:root:" + home + ":" + shell + "\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n");
    }

    /// Lets a program be missing on a machine.
    public void hide(int host, String program) {
        Shell.run(
                machines.hosts()
                        .get(host)
                        .command(List.of(
                                "mount",
                                "--bind",
                                "/dev/null",
                                Shell.find(program).toString()))
                        .command(),
                "");
    }

    /// Lets it be there again.
    public void show(int host, String program) {
        Shell.run(
                machines.hosts()
                        .get(host)
                        .command(List.of("umount", Shell.find(program).toString()))
                        .command(),
                "");
    }

    @Override
    public void close() throws IOException {
        machines.close();
        if (made) {
            Files.deleteIfExists(PRIVILEGE_SEPARATION);
        }
    }
}

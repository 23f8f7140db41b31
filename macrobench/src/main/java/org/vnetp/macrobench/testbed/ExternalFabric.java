package org.vnetp.macrobench.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Somebody else's overlay, described by a file ([ExternalDescription]): its programs run on the
/// hosts, the interface they create is moved into the guest, as with our own nodes.
///
/// Setting: `mtu` of the guests in bytes.
final class ExternalFabric extends ProcessFabric {
    private static final int FIRST_PORT = 24000;

    private final ExternalDescription description;
    private final int mtu;
    private final Path shared;

    ExternalFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, testbed.takeNetwork());
        var settings = Settings.known(spec, Set.of(FabricSpec.DESCRIPTION, "mtu"));
        description = ExternalDescription.load(settings.get(FabricSpec.DESCRIPTION));
        mtu = Settings.number(
                spec, settings, "mtu", description.mtu(testbed.spec().mtu()), 68, 65535);
        shared = directory().resolve("shared");
        if (testbed.spec().hosts() > description.maxHosts()) {
            throw new FabricException("fabric " + spec.name() + " joins at most " + description.maxHosts()
                    + " hosts, this testbed has " + testbed.spec().hosts());
        }
    }

    @Override
    void up() {
        try {
            join();
        } catch (FabricException | UnavailableException e) {
            throw e;
        } catch (TestbedException e) {
            // Most likely a daemon has ended and taken its interface along: its log tells more than our command.
            check();
            throw new FabricException("fabric " + name() + ": " + e.getMessage() + logs(), e);
        }
    }

    private void join() {
        for (String program : description.programs()) {
            Machine.requireProgram(program, description.debianPackage(), "carries the fabric '" + name() + "'");
        }
        List<Place> guests = createGuests();
        List<NamespaceHost> hosts = testbed().namespaceHosts();
        testbed().lab().createDirectory(shared);
        for (NamespaceHost host : hosts) {
            testbed().lab().createDirectory(directory(host));
        }
        for (ExternalDescription.Command c : description.commands("once", true)) {
            for (String text : expand(c.text(), hosts.getFirst())) {
                runOn(hosts.getFirst(), text, shared);
            }
        }
        for (NamespaceHost host : hosts) {
            description.files().forEach(file -> writeFile(host, file));
        }
        for (NamespaceHost host : hosts) {
            run("prepare", host);
        }
        List<Daemon> firstOfHost = new ArrayList<>();
        for (NamespaceHost host : hosts) {
            firstOfHost.add(startDaemons(host));
        }
        List<NamespaceEndpoint> list = new ArrayList<>();
        for (NamespaceHost host : hosts) {
            String device = description.interfaceName();
            Daemon daemon = firstOfHost.get(host.index());
            daemon.await(
                    "has not created the interface " + device,
                    description.seconds(),
                    () -> InterfaceCounters.has(host.place().keeper().pid(), device));
            if (!description.ready().isEmpty()) {
                daemon.await(
                        "has not said '" + description.ready() + "'",
                        description.seconds(),
                        () -> read(daemon.log()).contains(description.ready()));
            }
            Place guest = guests.get(host.index());
            Shell.run("ip", "-n", host.namespace(), "link", "set", device, "netns", guest.namespace());
            testbed().ipSetup().configure(guest.namespace(), device, network(), host.index(), mtu);
            list.add(new NamespaceEndpoint(
                    guest,
                    host.index(),
                    Addresses.ipv4(network(), host.index()),
                    Addresses.ipv6(network(), host.index()),
                    device,
                    mtu));
        }
        setEndpoints(list);
        prove(description.seconds());
    }

    private Daemon startDaemons(NamespaceHost host) {
        Daemon first = null;
        int number = 0;
        for (ExternalDescription.Command c : description.commands("daemon", host.index() == 0)) {
            for (String text : expand(c.text(), host)) {
                Path log = directory(host).resolve("daemon" + number++ + ".log");
                String program = text.split("\\s+", 2)[0];
                List<String> command = List.of(
                        host.place().enter().toString(), "sh", "-c", "cd '" + directory(host) + "' && exec " + text);
                Daemon daemon = start(host.name(), program, command, log);
                // The last one is the one that carries the guest's interface.
                first = daemon;
            }
        }
        if (first == null) {
            throw new FabricException("fabric " + name() + ": no [daemon] for host " + host.name());
        }
        return first;
    }

    private void run(String section, NamespaceHost host) {
        for (ExternalDescription.Command c : description.commands(section, host.index() == 0)) {
            for (String text : expand(c.text(), host)) {
                runOn(host, text, directory(host));
            }
        }
    }

    private void runOn(NamespaceHost host, String text, Path where) {
        Shell.Outcome outcome = Shell.attempt(
                List.of(host.place().enter().toString(), "sh", "-c", "cd '" + where + "' && " + text), "");
        if (!outcome.succeeded()) {
            throw new FabricException("fabric " + name() + ": '" + text + "' on " + host.name() + " failed with "
                    + outcome.exitCode() + ": "
                    + (outcome.error().isBlank() ? outcome.output() : outcome.error()).strip());
        }
    }

    private void writeFile(NamespaceHost host, ExternalDescription.FileTemplate file) {
        List<NamespaceHost> copies = file.eachHost() ? testbed().namespaceHosts() : List.of(host);
        for (NamespaceHost of : copies) {
            StringBuilder text = new StringBuilder();
            for (String line : file.lines()) {
                for (String filled : expand(line, host, of)) {
                    text.append(filled).append('\n');
                }
            }
            Path path = directory(host).resolve(expand(file.path(), host, of).getFirst());
            testbed().lab().createDirectory(path.getParent());
            testbed().lab().write(path, text.toString(), true);
        }
    }

    private List<String> expand(String text, NamespaceHost host) {
        return expand(text, host, null);
    }

    /// Fills a line in, once, or once for each host it speaks of.
    ///
    /// @param any the host that `{any.…}` is, null to repeat the line for every host
    private List<String> expand(String text, NamespaceHost host, NamespaceHost any) {
        List<String> result = new ArrayList<>();
        if (ExternalDescription.repeats(text, "peer")) {
            for (NamespaceHost peer : testbed().namespaceHosts()) {
                if (peer != host) {
                    result.add(ExternalDescription.fill(text, name -> value(name, host, peer)));
                }
            }
        } else if (ExternalDescription.repeats(text, "any") && any == null) {
            for (NamespaceHost each : testbed().namespaceHosts()) {
                result.add(ExternalDescription.fill(text, name -> value(name, host, each)));
            }
        } else {
            result.add(ExternalDescription.fill(text, name -> value(name, host, any)));
        }
        return result;
    }

    private String value(String name, NamespaceHost host, NamespaceHost other) {
        int dot = name.indexOf('.');
        if (dot >= 0) {
            NamespaceHost of =
                    name.startsWith("first.") ? testbed().namespaceHosts().getFirst() : other;
            return ofHost(name.substring(dot + 1), of);
        }
        return switch (name) {
            case "prefix" -> Integer.toString(Addresses.PREFIX_LENGTH);
            case "netmask" -> "255.255.255.0";
            case "interface" -> description.interfaceName();
            case "mtu" -> Integer.toString(mtu);
            case "port" -> Integer.toString(FIRST_PORT + network());
            case "network" -> Integer.toString(network());
            case "shared" -> shared.toString();
            default -> ofHost(name, host);
        };
    }

    private String ofHost(String name, NamespaceHost host) {
        return switch (name) {
            case "host" -> host.name();
            case "index" -> Integer.toString(host.index() + 1);
            case "address" -> host.address();
            case "device" -> host.interfaceName();
            case "overlay" -> Addresses.ipv4(network(), host.index());
            case "mac" -> Addresses.mac(network(), host.index());
            case "guest" -> testbed().namespace(host.name() + "-" + spec().safeName());
            case "dir" -> directory(host).toString();
            default -> throw new AssertionError("placeholder " + name + " passed the parser");
        };
    }

    private Path directory(NamespaceHost host) {
        return directory().resolve(host.name());
    }

    @Override
    public String description() {
        return description.title() + " (package " + description.debianPackage() + "), encryption "
                + description.encryption() + ", guest MTU " + mtu;
    }

    @Override
    public void close() {
        if (Files.isDirectory(shared)) {
            for (NamespaceHost host : testbed().namespaceHosts()) {
                try {
                    run("down", host);
                } catch (RuntimeException e) {
                    System.err.println("vnetp: " + e.getMessage());
                }
            }
        }
        super.close();
    }
}

package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.guest.CommandChannel;

/// An endpoint that is a virtual machine. Programs and files are this machine's, processes are not: a command's
/// process here is that of the channel to it.
///
/// @param interfaceName of the interface in it that is on the fabric
record MachineEndpoint(VirtualMachine machine, int hostIndex, String address, String interfaceName, int mtu)
        implements LocalEndpoint {
    @Override
    public String hostName() {
        return machine.name();
    }

    /// Guests' kernels have none: as a module that is not loaded, or switched off.
    @Override
    public String address6() {
        return "";
    }

    @Override
    public ProcessBuilder command(List<String> command) {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("a command of at least one word is needed");
        }
        List<String> words = new ArrayList<>(List.of(machine.enter().toString()));
        words.addAll(command);
        return Child.of(words);
    }

    @Override
    public ProcessBuilder tethered(List<String> command) {
        List<String> words = new ArrayList<>(List.of(CommandChannel.TETHERED));
        words.addAll(command);
        return command(words);
    }

    @Override
    public boolean here() {
        return false;
    }

    @Override
    public Path enter() {
        return machine.enter();
    }

    @Override
    public Path reach() {
        return machine.reach();
    }

    @Override
    public Counters.Interface counters() {
        Counters.Interface found = InterfaceCounters.parse(hostName(), interfaceName(), machine.read("/proc/net/dev"));
        if (found == null) {
            throw new FabricException(hostName() + " has no interface " + interfaceName() + " any more");
        }
        return found;
    }

    @Override
    public double retransmits() {
        return InterfaceCounters.retransmits(machine.read("/proc/net/snmp"));
    }

    @Override
    public void check() {
        machine.check();
    }
}

package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;

/// What a fabric's interfaces, nodes and CPUs had counted at one moment. Lists are in the order of
/// the endpoints.
///
/// @param nanoTime when, as [System#nanoTime]
/// @param endpoints the interface of each endpoint
/// @param underlay the interface of each host towards the network; the same as `endpoints` on the
///     native fabric
/// @param nodes the processes that carry the fabric, one entry a host, empty where the kernel does
///     it all
/// @param forwarders nodes that know nothing of the fabric and only pass on what its nodes send, where these run in
///     virtual machines; empty elsewhere
/// @param guests the endpoints that are virtual machines
/// @param softirqSeconds CPU seconds in softirq over all CPUs of this machine, where the kernel
///     moves the frames; NaN where unknown
/// @param busySeconds CPU seconds over all CPUs of this machine that were not idle; NaN where
///     unknown
/// @param retransmits TCP segments that the endpoints' kernels sent again; NaN where unknown
public record Counters(
        long nanoTime,
        List<Interface> endpoints,
        List<Interface> underlay,
        List<Node> nodes,
        List<Node> forwarders,
        List<Guest> guests,
        double softirqSeconds,
        double busySeconds,
        double retransmits) {

    public Counters {
        endpoints = List.copyOf(endpoints);
        underlay = List.copyOf(underlay);
        nodes = List.copyOf(nodes);
        forwarders = List.copyOf(forwarders);
        guests = List.copyOf(guests);
    }

    /// Without virtual machines.
    public Counters(
            long nanoTime,
            List<Interface> endpoints,
            List<Interface> underlay,
            List<Node> nodes,
            double softirqSeconds,
            double busySeconds,
            double retransmits) {
        this(nanoTime, endpoints, underlay, nodes, List.of(), List.of(), softirqSeconds, busySeconds, retransmits);
    }

    /// Counters of one interface, in bytes of whole Ethernet frames without FCS. A superframe
    /// counts as one frame. Some devices (the kernel's VXLAN) count without the Ethernet header.
    ///
    /// @param host the name of the endpoint or host
    /// @param name the interface
    public record Interface(
            String host,
            String name,
            long rxBytes,
            long rxFrames,
            long rxDrops,
            long txBytes,
            long txFrames,
            long txDrops) {
        Interface minus(Interface earlier) {
            return new Interface(
                    host,
                    name,
                    rxBytes - earlier.rxBytes,
                    rxFrames - earlier.rxFrames,
                    rxDrops - earlier.rxDrops,
                    txBytes - earlier.txBytes,
                    txFrames - earlier.txFrames,
                    txDrops - earlier.txDrops);
        }
    }

    /// One process that carries the fabric.
    ///
    /// @param host the name of the endpoint
    /// @param pid its process id
    /// @param cpuSeconds CPU seconds in user and kernel since it started; 0 of one in a virtual machine, whose
    ///     they are; NaN where it is not known what carries the fabric there
    /// @param statistics the node's own counters as one JSON object (`show stats --json`), empty
    ///     where it has none; in a difference, the later ones
    /// @param work what those counters say; empty where it has none
    public record Node(String host, long pid, double cpuSeconds, String statistics, Optional<NodeWork> work) {
        Node(String host, long pid, double cpuSeconds, String statistics) {
            this(host, pid, cpuSeconds, statistics, NodeWork.parse(statistics));
        }

        Node minus(Node earlier) {
            if (pid != earlier.pid) {
                return this; // started anew: it has counted from zero since
            }
            Optional<NodeWork> since = work.flatMap(now -> earlier.work.map(now::minus));
            return new Node(host, pid, cpuSeconds - earlier.cpuSeconds, statistics, since);
        }
    }

    /// One virtual machine.
    ///
    /// @param host the name of the endpoint
    /// @param cpuSeconds that it took of this machine in user and kernel since it started, whatever ran
    ///     in it
    public record Guest(String host, double cpuSeconds) {
        Guest minus(Guest earlier) {
            return new Guest(host, cpuSeconds - earlier.cpuSeconds);
        }
    }

    /// What was counted between `earlier` and this.
    public Counters minus(Counters earlier) {
        return new Counters(
                nanoTime - earlier.nanoTime,
                difference(endpoints, earlier.endpoints, Interface::minus),
                difference(underlay, earlier.underlay, Interface::minus),
                difference(nodes, earlier.nodes, Node::minus),
                difference(forwarders, earlier.forwarders, Node::minus),
                difference(guests, earlier.guests, Guest::minus),
                softirqSeconds - earlier.softirqSeconds,
                busySeconds - earlier.busySeconds,
                retransmits - earlier.retransmits);
    }

    /// Bytes sent by all endpoints.
    public long endpointBytes() {
        return endpoints.stream().mapToLong(Interface::txBytes).sum();
    }

    /// Bytes sent by all hosts to the network between them.
    public long underlayBytes() {
        return underlay.stream().mapToLong(Interface::txBytes).sum();
    }

    /// CPU seconds of all nodes that run outside of virtual machines; NaN where those of one are not known.
    public double nodeCpuSeconds() {
        return Stream.concat(nodes.stream(), forwarders.stream())
                .mapToDouble(Node::cpuSeconds)
                .sum();
    }

    /// CPU seconds of all virtual machines, with whatever runs in them.
    public double guestCpuSeconds() {
        return guests.stream().mapToDouble(Guest::cpuSeconds).sum();
    }

    /// What all nodes did together; empty when none of them tells.
    public Optional<NodeWork> nodeWork() {
        return work(nodes);
    }

    /// What those did that serve the rings of virtual machines' NICs: the nodes, or where these run in the machines,
    /// what
    /// forwards for them. Empty where there is no such machine or the kernel serves it.
    public Optional<NodeWork> ringWork() {
        return guests.isEmpty() ? Optional.empty() : work(forwarders.isEmpty() ? nodes : forwarders);
    }

    /// Frames that nodes dropped which only forward.
    public long forwarderDrops() {
        return work(forwarders).map(NodeWork::drops).orElse(0L);
    }

    /// Frames that virtual machines put into those rings.
    public long ringFrames() {
        // A forwarder takes a frame at both of its sides; what it took from a machine is what the host sent on.
        return forwarders.isEmpty() ? nodeWork().map(NodeWork::framesTaken).orElse(0L) : underlayFrames();
    }

    private static Optional<NodeWork> work(List<Node> nodes) {
        return nodes.stream().flatMap(node -> node.work().stream()).reduce(NodeWork::plus);
    }

    /// Frames sent by all endpoints.
    public long endpointFrames() {
        return endpoints.stream().mapToLong(Interface::txFrames).sum();
    }

    /// Frames sent by all hosts to the network between them.
    public long underlayFrames() {
        return underlay.stream().mapToLong(Interface::txFrames).sum();
    }

    /// @param earlier may be shorter: what is not there has counted from zero
    private static <T> List<T> difference(List<T> later, List<T> earlier, BinaryOperator<T> minus) {
        List<T> result = new ArrayList<>(later.size());
        for (int i = 0; i < later.size(); i++) {
            result.add(i < earlier.size() ? minus.apply(later.get(i), earlier.get(i)) : later.get(i));
        }
        return result;
    }
}

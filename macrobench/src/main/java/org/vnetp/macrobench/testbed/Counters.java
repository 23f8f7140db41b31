package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a fabric's interfaces, nodes and CPUs had counted at one moment. Lists are in the order of
/// the endpoints.
///
/// @param nanoTime when, as [System#nanoTime]
/// @param endpoints the interface of each endpoint
/// @param underlay the interface of each host towards the network; the same as `endpoints` on the
///     native fabric
/// @param nodes the processes that carry the fabric, one entry a host, empty where the kernel does
///     it all
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
        double softirqSeconds,
        double busySeconds,
        double retransmits) {

    public Counters {
        endpoints = List.copyOf(endpoints);
        underlay = List.copyOf(underlay);
        nodes = List.copyOf(nodes);
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
    /// @param cpuSeconds CPU seconds in user and kernel since it started
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

    /// What was counted between `earlier` and this.
    public Counters minus(Counters earlier) {
        return new Counters(
                nanoTime - earlier.nanoTime,
                difference(endpoints, earlier.endpoints),
                difference(underlay, earlier.underlay),
                nodeDifference(earlier.nodes),
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

    /// CPU seconds of all nodes.
    public double nodeCpuSeconds() {
        return nodes.stream().mapToDouble(Node::cpuSeconds).sum();
    }

    /// What all nodes did together; empty when none of them tells.
    public Optional<NodeWork> nodeWork() {
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

    private static List<Interface> difference(List<Interface> later, List<Interface> earlier) {
        List<Interface> result = new ArrayList<>(later.size());
        for (int i = 0; i < later.size(); i++) {
            result.add(later.get(i).minus(earlier.get(i)));
        }
        return result;
    }

    private List<Node> nodeDifference(List<Node> earlier) {
        List<Node> result = new ArrayList<>(nodes.size());
        for (int i = 0; i < nodes.size(); i++) {
            result.add(i < earlier.size() ? nodes.get(i).minus(earlier.get(i)) : nodes.get(i));
        }
        return result;
    }
}

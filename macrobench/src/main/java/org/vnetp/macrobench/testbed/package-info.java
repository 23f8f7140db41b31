/// Hosts, the network between them, and the fabrics over it.
///
/// A [Testbed] is a number of hosts that reach each other over one shaped network: Linux network
/// namespaces on this machine ([Testbed#up]) or real machines reached by ssh ([Testbed#inventory]).
/// A [Fabric] is a way for programs on those hosts to talk: `native` (the hosts themselves),
/// `vnetp`, `vxlan`, or any overlay described by a file of commands. Several fabrics stand on one
/// testbed at the same time, so that a campaign can go from one to the next between two runs
/// without setting anything up.
///
/// ```java
/// try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2).withLink(LinkRate.GBIT_1))) {
///     Fabric fabric = testbed.fabric(FabricSpec.parse("vnetp"));
///     Endpoint a = fabric.endpoints().get(0);
///     Endpoint b = fabric.endpoints().get(1);
///     Process ping = a.command(List.of("ping", "-c", "1", b.address())).inheritIO().start();
/// }
/// ```
///
/// The testbed owns everything it creates: namespaces, processes, a state directory. It writes down
/// each thing in a journal before creating it, and removes exactly those things on close, on
/// failure half-way, on SIGINT and SIGTERM, and, after a kill -9, when the next testbed comes up or
/// `vnetp lab down` runs. The root namespace's interfaces, routes and settings and `/etc` are never
/// touched.
///
/// Instances are safe for use by one thread at a time; [Fabric#snapshot] may be called from any
/// thread.
package org.vnetp.macrobench.testbed;

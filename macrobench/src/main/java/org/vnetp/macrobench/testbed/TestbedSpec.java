package org.vnetp.macrobench.testbed;

import java.util.regex.Pattern;

/// What a testbed of namespaces looks like.
///
/// @param name the lab's name, 1 to 20 letters, digits and dashes; part of every name the testbed
///     creates
/// @param hosts how many hosts, 2 to 254
/// @param link the rate of every host's link
/// @param mtu the MTU of the network between the hosts in bytes, 1280 to 65535
/// @param sites how the hosts are spread
public record TestbedSpec(String name, int hosts, LinkRate link, int mtu, Sites sites) {
    /// As many as the addresses of a network that has one byte for them (10.77.N.1 to .254).
    public static final int MAX_HOSTS = 254;

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?");

    public TestbedSpec {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "lab name: expected 1 to 20 lower-case letters, digits and inner dashes, got '" + name + "'");
        }
        if (hosts < 2 || hosts > MAX_HOSTS) {
            throw new IllegalArgumentException("hosts: expected 2 to " + MAX_HOSTS + ", got " + hosts);
        }
        if (mtu < 1280 || mtu > 65535) {
            throw new IllegalArgumentException("mtu: expected 1280 to 65535, got " + mtu);
        }
    }

    /// An unshaped testbed of `n` hosts with MTU 1500, named after this process so that several
    /// runs can stand beside each other.
    public static TestbedSpec hosts(int n) {
        return new TestbedSpec("run" + ProcessHandle.current().pid(), n, LinkRate.NONE, 1500, Sites.ONE);
    }

    public TestbedSpec withName(String newName) {
        return new TestbedSpec(newName, hosts, link, mtu, sites);
    }

    public TestbedSpec withLink(LinkRate newLink) {
        return new TestbedSpec(name, hosts, newLink, mtu, sites);
    }

    public TestbedSpec withMtu(int newMtu) {
        return new TestbedSpec(name, hosts, link, newMtu, sites);
    }

    public TestbedSpec withSites(Sites newSites) {
        return new TestbedSpec(name, hosts, link, mtu, newSites);
    }
}

package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A way for programs on the hosts of a testbed to talk to each other, up and proven by a ping of
/// every pair.
public interface Fabric extends AutoCloseable {
    /// The name it was asked for by, unique in the testbed.
    String name();

    FabricSpec spec();

    /// What it is and how it is set, in one line for reports: program and version, wire format,
    /// encryption, MTU.
    String description();

    /// One a host, in the order of the hosts.
    List<Endpoint> endpoints();

    /// All counters now. Costs a few milliseconds and no process; safe from any thread.
    Counters snapshot();

    /// Whether its nodes send each other by memory, so that nothing crosses the hosts' links.
    default boolean byMemory() {
        return false;
    }

    /// How many of the hosts' links a frame may cross: more than one where nodes relay for others;
    /// empty where that is not known, since a controller leads frames and probes links.
    default OptionalInt crossings() {
        return OptionalInt.of(1);
    }

    /// What each guest has sent to each other until now, where the fabric's nodes count that.
    ///
    /// @throws FabricException where a node does not answer
    default Optional<GuestTraffic> traffic() {
        return Optional.empty();
    }

    /// The controller that leads the fabric's nodes, where one does.
    default Optional<Adapter> adapter() {
        return Optional.empty();
    }

    /// Whether a controller leads its nodes.
    default boolean isLed() {
        return adapter().isPresent();
    }

    /// Has that controller take back all it did, and begin anew; nothing where there is none.
    default void restartAdapter() {}

    /// Has frames between two hosts vanish, both ways, without a word to who sends them, or arrive again.
    ///
    /// @param dead whether they vanish
    /// @throws UnsupportedOperationException where the hosts are not ours to do that with
    default void silence(int host, int other, boolean dead) {
        throw new UnsupportedOperationException(name() + " has hosts whose links cannot be made to fail");
    }

    /// Has what two hosts send each other, of all fabrics together, go at a share of the links'
    /// rate; in place, but frames that wait are lost where it begins and ends.
    ///
    /// @param share above 0; 1: as before
    /// @throws UnsupportedOperationException where the hosts are not ours to do that with, or
    ///     their links have no rate
    default void slow(int host, int other, double share) {
        throw new UnsupportedOperationException(name() + " has hosts whose links cannot be made slower");
    }

    /// Returns if all of the fabric's processes live.
    ///
    /// @throws FabricException naming the process that ended and its log's last lines
    void check();

    /// The environment variable of [#agent] with what it runs before the command where the endpoint's
    /// environment is another than its own: text of a shell like sh.
    String AGENT_FIRST = "VNETP_AGENT_FIRST";

    /// A script for MPI launchers at the first endpoint, called as `AGENT [ssh options] HOST COMMAND...`
    /// in the place of ssh. HOST is an endpoint's host name or address.
    Path agent();

    /// The directory with the fabric's logs and configuration, gone after close.
    Path directory();

    /// Creates a further guest that can be moved, reached at least by the first endpoint. It is to be
    /// closed before the fabric is used for something else.
    ///
    /// @param host the index of the host where it begins
    /// @throws UnsupportedOperationException with the reason, where guests of this fabric cannot be
    ///     moved at run time
    default Traveller traveller(int host) {
        throw new UnsupportedOperationException(name() + " has no guest that can be moved at run time");
    }

    /// Ends the fabric's processes and removes its guests; the native fabric lives as long as its
    /// testbed.
    @Override
    void close();
}

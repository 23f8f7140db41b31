package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Tells that something in the network of this process's namespace has changed: an interface (made, deleted, up,
/// down, carrier, MTU, offloads), an address, a route, a rule, a next hop. By rtnetlink's multicast groups (RFC 3549,
/// linux/rtnetlink.h).
///
/// What has changed is not told: messages can be lost where many come, so who hears of a change asks anew for what
/// it depends on ([NetworkTables]). **Threads:** one waits; another may call [#end].
public final class NetworkChanges implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int ADDRESS_LENGTH = 12;
    /// RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, IPV6_ROUTE, and the groups IPV6_RULE (19) and
    /// NEXTHOP (32). Neighbours are not among them: the kernel looks for them anew for every packet.
    private static final int GROUPS = 0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 1 << 18 | 1 << 31;

    private static final int ROOM = 8192;
    /// So many messages are read before the change is told; more are told as the next one.
    private static final int MOST_AT_ONCE = 1000;

    private static final int EVENT_CHANGE = 1;
    private static final int EVENT_END = 2;

    private final Posix posix = new Posix();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment buffer = arena.allocate(ROOM, 8);
    private final int socket;
    private final int end;
    private final Epoll epoll;
    private volatile boolean ended;

    private NetworkChanges(int socket, int end, Epoll epoll) {
        this.socket = socket;
        this.end = end;
        this.epoll = epoll;
    }

    /// Begins to listen.
    ///
    /// @throws PosixException where the kernel does not let this process listen
    public static NetworkChanges subscribe() {
        Posix posix = new Posix();
        String what = "watch the network (rtnetlink)";
        int socket = Posix.check(
                posix.socket(AF_NETLINK, SOCK_RAW | Posix.O_CLOEXEC | Posix.O_NONBLOCK, 0), what + ": open a socket");
        int end = -1;
        Epoll epoll = null;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ADDRESS_LENGTH, 8);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            address.set(ValueLayout.JAVA_INT, 8, GROUPS);
            Posix.check(posix.bind(socket, address, ADDRESS_LENGTH), what + ": join the groups");
            end = Posix.check(posix.eventfd(), what + ": create an eventfd");
            epoll = new Epoll(posix);
            Posix.check(epoll.add(posix, socket, Epoll.IN, EVENT_CHANGE), what + ": epoll");
            Posix.check(epoll.add(posix, end, Epoll.IN, EVENT_END), what + ": epoll");
            return new NetworkChanges(socket, end, epoll);
        } catch (PosixException e) {
            if (epoll != null) {
                epoll.close();
            }
            for (int fd : new int[] {socket, end}) {
                if (fd >= 0) {
                    posix.close(fd);
                }
            }
            throw e;
        }
    }

    /// Waits until something has changed since the last time.
    ///
    /// @return false once [#end] was called
    public boolean await() {
        while (!ended) {
            int events = epoll.await(posix, -1);
            for (int i = 0; i < events; i++) {
                if (epoll.data(i) == EVENT_CHANGE) {
                    read();
                    return !ended;
                }
            }
        }
        return false;
    }

    /// Any result but "nothing there" is a change, ENOBUFS above all: then messages were lost.
    private void read() {
        for (int i = 0; i < MOST_AT_ONCE; i++) {
            if (posix.read(socket, buffer.address(), ROOM) == -Errno.EAGAIN) {
                return;
            }
        }
    }

    /// Lets some time go by, unless [#end] is called; what changes meanwhile is one change.
    public void pause(long nanoseconds) {
        posix.sleepUnlessReadable(end, nanoseconds);
    }

    /// Wakes who waits, for good. Any thread.
    public void end() {
        ended = true;
        try (Arena local = Arena.ofConfined()) {
            MemorySegment one = local.allocate(8, 8);
            one.set(ValueLayout.JAVA_LONG, 0, 1);
            new Posix().write(end, one.address(), 8);
        }
    }

    /// Gives the descriptors back; nobody waits any more.
    @Override
    public void close() {
        epoll.close();
        posix.close(end);
        posix.close(socket);
    }
}

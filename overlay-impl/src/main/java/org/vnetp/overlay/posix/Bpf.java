package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The calls of bpf(2) that the fast path needs: hash maps, programs for traffic control, their attachment to
/// interfaces (linux/bpf.h).
///
/// Everything made is held by a descriptor alone: when the process ends, however it ends, programs, maps and
/// attachments are gone. **Thread:** one object a thread, as [Posix]; [#add], [#lookup] and [#run] allocate
/// nothing.
public final class Bpf {
    /// Bytes of what the verifier says about a program that it refuses.
    private static final int LOG_BYTES = 65_536;

    private static final int ATTRIBUTES = 144;
    private static final int MAP_CREATE = 0;
    private static final int MAP_LOOKUP = 1;
    private static final int MAP_UPDATE = 2;
    private static final int MAP_NEXT_KEY = 4;
    private static final int PROG_LOAD = 5;
    private static final int PROG_RUN = 10;
    private static final int OBJECT_INFO = 15;
    private static final int MAP_LOOKUP_AND_DELETE = 21;
    private static final int LINK_CREATE = 28;
    private static final int MAP_TYPE_HASH = 1;
    private static final int MAP_TYPE_ARRAY = 2;
    private static final int MAP_MMAPABLE = 1 << 10;
    private static final int PROG_TYPE_SOCKET_FILTER = 1;
    private static final int PROG_TYPE_SCHED_CLS = 3;
    private static final int TCX_INGRESS = 46;
    private static final int TCX_EGRESS = 47;
    private static final int UPDATE_NOEXIST = 1;
    private static final int NAME_LENGTH = 15;
    /// struct bpf_link_info: type, id, program, then what depends on the type.
    private static final int LINK_INFO = 64;

    private static final int LINK_INFO_INTERFACE = 16;

    private final Posix posix = new Posix();
    /// As many bytes of attributes as a run of a program has to be given.
    private static final int RUN_ATTRIBUTES = 64;

    private final MemorySegment element = Arena.ofAuto().allocate(32, 8);
    private final MemorySegment run = Arena.ofAuto().allocate(RUN_ATTRIBUTES, 8);

    /// For the calling thread.
    public Bpf() {}

    /// Makes a hash map.
    ///
    /// @param name at most 15 characters, for who looks at the kernel's list
    /// @return its descriptor
    public int createMap(String name, int keyBytes, int valueBytes, int entries) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(ATTRIBUTES, 8);
            a.set(ValueLayout.JAVA_INT, 0, MAP_TYPE_HASH);
            a.set(ValueLayout.JAVA_INT, 4, keyBytes);
            a.set(ValueLayout.JAVA_INT, 8, valueBytes);
            a.set(ValueLayout.JAVA_INT, 12, entries);
            a.setString(28, checkName(name));
            return Posix.check(posix.bpf(MAP_CREATE, a), "make the BPF map '" + name + "'");
        }
    }

    /// Makes an array map of one value that [#share] puts into this process's memory (Linux 5.5).
    ///
    /// @return its descriptor
    public int createSharedArray(String name, int valueBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(ATTRIBUTES, 8);
            a.set(ValueLayout.JAVA_INT, 0, MAP_TYPE_ARRAY);
            a.set(ValueLayout.JAVA_INT, 4, Integer.BYTES);
            a.set(ValueLayout.JAVA_INT, 8, valueBytes);
            a.set(ValueLayout.JAVA_INT, 12, 1);
            a.set(ValueLayout.JAVA_INT, 16, MAP_MMAPABLE);
            a.setString(28, checkName(name));
            return Posix.check(posix.bpf(MAP_CREATE, a), "make the BPF map '" + name + "'");
        }
    }

    /// The value of a map of [#createSharedArray] as memory that programs see too, until [#unshare].
    public MemorySegment share(int map, int valueBytes) {
        return posix.mapShared(map, valueBytes);
    }

    /// Ends what [#share] began; nobody may touch the memory any more.
    public void unshare(MemorySegment value) {
        posix.unmap(value);
    }

    /// Puts an element that is not there yet.
    ///
    /// @return 0, or `-errno`: `-EEXIST` where it is there, `-E2BIG` where the map is full
    public int add(int map, MemorySegment key, MemorySegment value) {
        element.set(ValueLayout.JAVA_INT, 0, map);
        element.set(ValueLayout.JAVA_LONG, 8, key.address());
        element.set(ValueLayout.JAVA_LONG, 16, value.address());
        element.set(ValueLayout.JAVA_LONG, 24, UPDATE_NOEXIST);
        return posix.bpf(MAP_UPDATE, element);
    }

    /// Copies an element's value.
    ///
    /// @return 0, or `-ENOENT`
    public int lookup(int map, MemorySegment key, MemorySegment value) {
        return element(MAP_LOOKUP, map, key.address(), value.address());
    }

    /// Copies an element's value and removes it, in one step: what was counted until then is not lost.
    ///
    /// @return 0, or `-ENOENT`
    public int remove(int map, MemorySegment key, MemorySegment value) {
        return element(MAP_LOOKUP_AND_DELETE, map, key.address(), value.address());
    }

    /// The key after `key`, or the first where that is null.
    ///
    /// @return 0, or `-ENOENT` at the end
    public int nextKey(int map, MemorySegment key, MemorySegment next) {
        return element(MAP_NEXT_KEY, map, key == null ? 0 : key.address(), next.address());
    }

    private int element(int command, int map, long key, long second) {
        element.set(ValueLayout.JAVA_INT, 0, map);
        element.set(ValueLayout.JAVA_LONG, 8, key);
        element.set(ValueLayout.JAVA_LONG, 16, second);
        element.set(ValueLayout.JAVA_LONG, 24, 0);
        return posix.bpf(command, element);
    }

    /// Runs a program of [#load] once, here and now, on a made-up packet. Allocates nothing.
    ///
    /// @param packet at least 14 bytes
    /// @return what the program gives, not negative; or `-errno`
    public int run(int program, MemorySegment packet) {
        run.set(ValueLayout.JAVA_INT, 0, program);
        run.set(ValueLayout.JAVA_INT, 8, (int) packet.byteSize());
        run.set(ValueLayout.JAVA_LONG, 16, packet.address());
        int result = posix.bpf(PROG_RUN, run);
        return result < 0 ? result : run.get(ValueLayout.JAVA_INT, 4);
    }

    /// Loads a program for traffic control.
    ///
    /// @param instructions 8 bytes each
    /// @return its descriptor
    /// @throws PosixException with the verifier's last lines where it refuses the program
    public int load(String name, MemorySegment instructions) {
        return load(PROG_TYPE_SCHED_CLS, name, instructions);
    }

    /// Loads a program that looks at what comes to a socket or a TAP, and says how much of it is kept.
    ///
    /// @param instructions 8 bytes each
    /// @return its descriptor
    /// @throws PosixException with the verifier's last lines where it refuses the program
    public int loadFilter(String name, MemorySegment instructions) {
        return load(PROG_TYPE_SOCKET_FILTER, name, instructions);
    }

    private int load(int type, String name, MemorySegment instructions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(ATTRIBUTES, 8);
            a.set(ValueLayout.JAVA_INT, 0, type);
            a.set(ValueLayout.JAVA_INT, 4, (int) (instructions.byteSize() / 8));
            a.set(ValueLayout.JAVA_LONG, 8, instructions.address());
            // The helpers that redirect are open to programs under the GPL only. Programs made here are.
            a.set(ValueLayout.JAVA_LONG, 16, arena.allocateFrom("GPL").address());
            a.setString(48, checkName(name));
            int program = posix.bpf(PROG_LOAD, a);
            if (program >= 0) {
                return program;
            }
            MemorySegment log = arena.allocate(LOG_BYTES);
            a.set(ValueLayout.JAVA_INT, 24, 1);
            a.set(ValueLayout.JAVA_INT, 28, LOG_BYTES);
            a.set(ValueLayout.JAVA_LONG, 32, log.address());
            int again = posix.bpf(PROG_LOAD, a);
            if (again >= 0) {
                return again;
            }
            String said = log.getString(0);
            String end = said.isBlank() ? "" : " (the verifier: " + lastLines(said) + ")";
            throw new PosixException("load the BPF program '" + name + "'" + end, -program);
        }
    }

    private static String lastLines(String log) {
        String[] lines = log.strip().split("\n");
        StringBuilder text = new StringBuilder();
        for (int i = Math.max(0, lines.length - 4); i < lines.length; i++) {
            text.append(text.isEmpty() ? "" : "; ").append(lines[i].strip());
        }
        return text.toString();
    }

    /// Attaches a program to what comes in at an interface of this process's namespace (TCX, Linux 6.6).
    ///
    /// @return the descriptor that holds it there
    public int attachIngress(int program, int interfaceIndex, String interfaceName) {
        return attach(program, interfaceIndex, interfaceName, TCX_INGRESS);
    }

    /// As [#attachIngress], to what goes out.
    public int attachEgress(int program, int interfaceIndex, String interfaceName) {
        return attach(program, interfaceIndex, interfaceName, TCX_EGRESS);
    }

    private int attach(int program, int interfaceIndex, String interfaceName, int where) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(ATTRIBUTES, 8);
            a.set(ValueLayout.JAVA_INT, 0, program);
            a.set(ValueLayout.JAVA_INT, 4, interfaceIndex);
            a.set(ValueLayout.JAVA_INT, 8, where);
            return Posix.check(
                    posix.bpf(LINK_CREATE, a),
                    "attach a BPF program to '" + interfaceName + "' (TCX, which Linux has since 6.6)");
        }
    }

    /// The index of the interface to which an attachment still holds a program; 0 where the interface is no more, or
    /// somebody took the program off.
    ///
    /// @param attachment what [#attachIngress] gave
    public int attachedTo(int attachment) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(LINK_INFO, 8);
            MemorySegment a = arena.allocate(16, 8);
            a.set(ValueLayout.JAVA_INT, 0, attachment);
            a.set(ValueLayout.JAVA_INT, 4, LINK_INFO);
            a.set(ValueLayout.JAVA_LONG, 8, info.address());
            return posix.bpf(OBJECT_INFO, a) < 0 ? 0 : info.get(ValueLayout.JAVA_INT, LINK_INFO_INTERFACE);
        }
    }

    /// Gives back what one of these calls made.
    public void close(int descriptor) {
        posix.close(descriptor);
    }

    private static String checkName(String name) {
        if (name.length() > NAME_LENGTH) {
            throw new IllegalArgumentException("BPF name '" + name + "': expected at most " + NAME_LENGTH);
        }
        return name;
    }
}

package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// An automatic arena ([Arena#ofAuto]) whose big segments cost memory only where they are used: their
/// pages come from the kernel, zero, at the first touch. What the JDK allocates is zeroed at once, so all of
/// it is there from the start, and it counts against `-XX:MaxDirectMemorySize`, which is the heap's size unless
/// it is set: a node with a heap of 24 MB could not have had more than ten links.
///
/// A segment goes back to the kernel when neither it nor the arena is reachable any more. May be used by
/// several threads at once.
public final class LazyArena implements Arena {
    private static final MethodHandle MADVISE = Posix.bind("madvise", -1, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    // Without errno, whose room would have to be allocated by the thread that gives memory back.
    private static final MethodHandle MUNMAP = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("munmap"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final int PROT_READ_WRITE = 3;
    /// MAP_PRIVATE, MAP_ANONYMOUS and MAP_NORESERVE.
    private static final int PRIVATE_UNRESERVED = 0x2 | 0x20 | 0x4000;

    private static final int MADV_NOHUGEPAGE = 15;

    /// Smaller ones come from the JDK, many to a page; bytes.
    static final int LEAST = 16 * 1024;

    private static final int PAGE = 4096;

    private final Arena others = Arena.ofAuto();

    /// @throws PosixException when the kernel has no room for it
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
        if (bytes < LEAST || alignment > PAGE) {
            return others.allocate(bytes, alignment);
        }
        return MemorySegment.ofAddress(reserve(bytes)).reinterpret(bytes, others, LazyArena::giveBack);
    }

    private static long reserve(long bytes) {
        Posix posix = new Posix();
        long address;
        try {
            address = (long)
                    Posix.MMAP.invokeExact(posix.errno(), 0L, bytes, PROT_READ_WRITE, PRIVATE_UNRESERVED, -1, 0L);
            Posix.check(posix.result(address == -1 ? -1 : 0), "reserve " + bytes + " bytes of memory");
            // A huge page would cost all of its 2 MB at the first touch. A kernel without them refuses, which does not
            // matter.
            posix.result((int) MADVISE.invokeExact(posix.errno(), address, bytes, MADV_NOHUGEPAGE));
        } catch (PosixException e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
        return address;
    }

    private static void giveBack(MemorySegment reserved) {
        try {
            int _ = (int) MUNMAP.invokeExact(reserved.address(), reserved.byteSize());
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    @Override
    public MemorySegment.Scope scope() {
        return others.scope();
    }

    /// @throws UnsupportedOperationException always: the garbage collector closes it
    @Override
    public void close() {
        others.close();
    }
}

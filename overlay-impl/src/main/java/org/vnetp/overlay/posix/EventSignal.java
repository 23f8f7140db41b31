package org.vnetp.overlay.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Adds 1 to an eventfd that somebody else made, and never waits for it.
///
/// A write(2) to an eventfd waits while its count is full, unless O_NONBLOCK is set; but that flag belongs to
/// the open file, which its maker shares and may clear at any time, RWF_NOWAIT is not for eventfds' writes, and
/// they cannot be opened anew. The kernel's own signal never waits: it leaves a full count as it is. So the
/// kernel is asked for one, by an asynchronous read of nothing whose completion the eventfd is told
/// (io_submit(2), IOCB_FLAG_RESFD). A read of /dev/null is complete when the call returns.
///
/// The process has one context for all, made with the first and never taken away: that would take the
/// kernel some 30 ms each time. Completions are nobody's: each call takes all that there are, and where two
/// threads do so at once, the kernel has room for more. One thread's.
final class EventSignal {
    // linux/aio_abi.h: struct iocb
    private static final int IOCB_LENGTH = 64;
    private static final int OPERATION_FIELD_OFFSET = 16;
    private static final int FILE_FIELD_OFFSET = 20;
    private static final int FLAGS_FIELD_OFFSET = 56;
    private static final int EVENT_FIELD_OFFSET = 60;
    private static final short READ = 0;
    private static final int TELL_EVENT = 1;

    // struct aio_ring of fs/aio.c, which user space maps and may take completions from by itself.
    private static final int RING_LENGTH = 32;
    private static final int HEAD_FIELD_OFFSET = 8;
    private static final int TAIL_FIELD_OFFSET = 12;
    private static final int MAGIC_FIELD_OFFSET = 16;
    private static final int MAGIC = 0xA10A_10A1;
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private static final long SETUP;
    private static final long SUBMIT;

    static {
        switch (System.getProperty("os.arch")) {
            case "amd64" -> {
                SETUP = 206;
                SUBMIT = 209;
            }
            case "aarch64", "riscv64" -> {
                SETUP = 0;
                SUBMIT = 2;
            }
            default -> {
                SETUP = -1;
                SUBMIT = -1;
            }
        }
    }

    /// Completions that nobody has taken yet, at most.
    private static final int EVENTS = 64;

    /// What all share.
    private static final class Shared {
        static final long CONTEXT;
        static final MemorySegment RING;
        static final int NOTHING;
        /// Why there is none, or 0.
        static final int ERRNO;

        static {
            Posix posix = new Posix();
            MemorySegment made = Arena.ofAuto().allocate(8, 8);
            int nothing = posix.open("/dev/null", Posix.O_RDONLY | Posix.O_CLOEXEC);
            int result = nothing < 0 ? nothing : posix.system(SETUP, EVENTS, made.address(), 0);
            MemorySegment ring = MemorySegment.NULL;
            if (result >= 0) {
                ring = MemorySegment.ofAddress(made.get(ValueLayout.JAVA_LONG, 0))
                        .reinterpret(RING_LENGTH);
                result = ring.get(ValueLayout.JAVA_INT, MAGIC_FIELD_OFFSET) == MAGIC ? 0 : -Errno.ENOSYS;
            }
            CONTEXT = ring.address();
            RING = ring;
            NOTHING = nothing;
            ERRNO = -result;
        }
    }

    private final long pointer;

    @SuppressWarnings("UnusedVariable") // its bytes are the kernel's to read
    private final MemorySegment memory;

    /// @param event the eventfd; stays the caller's
    /// @throws PosixException where the kernel has no asynchronous I/O
    EventSignal(int event) {
        if (Shared.ERRNO != 0) {
            throw new PosixException("set up asynchronous I/O", Shared.ERRNO);
        }
        this.memory = Arena.ofAuto().allocate(IOCB_LENGTH + 8, 8);
        memory.set(ValueLayout.JAVA_SHORT, OPERATION_FIELD_OFFSET, READ);
        memory.set(ValueLayout.JAVA_INT, FILE_FIELD_OFFSET, Shared.NOTHING);
        memory.set(ValueLayout.JAVA_INT, FLAGS_FIELD_OFFSET, TELL_EVENT);
        memory.set(ValueLayout.JAVA_INT, EVENT_FIELD_OFFSET, event);
        memory.set(ValueLayout.JAVA_LONG, IOCB_LENGTH, memory.address());
        this.pointer = memory.address() + IOCB_LENGTH;
    }

    /// @return whether it was added, or the count is full
    boolean raise(Posix posix) {
        boolean raised = posix.system(SUBMIT, Shared.CONTEXT, 1, pointer) == 1;
        // What is complete is taken, so that the next ones have room.
        int tail = (int) INT.getAcquire(Shared.RING, (long) TAIL_FIELD_OFFSET);
        INT.setRelease(Shared.RING, (long) HEAD_FIELD_OFFSET, tail);
        return raised;
    }
}

package org.vnetp.macrobench.mpi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// This process as an MPI rank, from `MPI_Init` to `MPI_Finalize`. One a process; everything of it
/// belongs to the thread that called [#init()].
public final class Mpi implements AutoCloseable {
    /// `CLOCK_PROCESS_CPUTIME_ID` of <linux/time.h>.
    private static final int PROCESS_CPU_TIME = 2;

    private static int worldRank = -1;
    private static Communicator world;

    private Mpi() {}

    /// Loads the MPI library and initialises it.
    ///
    /// @throws MpiUnavailableException when there is no usable library, or it is not the launcher's
    public static Mpi init() {
        if (world != null) {
            throw new IllegalStateException("MPI is initialised already; a process may do that once");
        }
        MpiAbi abi = abi();
        try {
            // Not MPI_Init_thread, as NPB does not either: with MPI_THREAD_FUNNELED, Open MPI 4.1 takes
            // its locks, and a small message costs a tenth to a quarter more. The JVM's own threads
            // never call MPI.
            check((int) MpiLibrary.INIT.invokeExact(0L, 0L), "MPI_Init");
            check(
                    (int) MpiLibrary.COMM_SET_ERRHANDLER.invokeExact(abi.commWorld(), abi.errorsReturn()),
                    "MPI_Comm_set_errhandler");
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
        world = new Communicator(abi.commWorld());
        worldRank = world.rank();
        checkSize();
        return new Mpi();
    }

    /// The communicator of all ranks.
    public Communicator world() {
        return world;
    }

    /// Seconds since some fixed moment in the past.
    public double wtime() {
        try {
            return (double) MpiLibrary.WTIME.invokeExact();
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    /// CPU time that all threads of this process have used, in nanoseconds (CLOCK_PROCESS_CPUTIME_ID). Java's own
    /// count comes in steps of 10 ms.
    public static long cpuNanos() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(2 * Long.BYTES, Long.BYTES);
            if ((int) MpiLibrary.CLOCK_GETTIME.invokeExact(PROCESS_CPU_TIME, time.address()) != 0) {
                throw new IllegalStateException("clock_gettime refuses CLOCK_PROCESS_CPUTIME_ID");
            }
            return time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L + time.get(ValueLayout.JAVA_LONG, Long.BYTES);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    /// Which library, of which version, from which file.
    public String description() {
        return libraryDescription();
    }

    /// As [#description()], without initialising MPI.
    public static String libraryDescription() {
        abi();
        return MpiLibrary.version() + " (" + MpiLibrary.FILE + ")";
    }

    /// `MPI_Finalize`; all ranks call it.
    @Override
    public void close() {
        try {
            check((int) MpiLibrary.FINALIZE.invokeExact(), "MPI_Finalize");
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    private static MpiAbi abi() {
        try {
            return MpiLibrary.ABI;
        } catch (ExceptionInInitializerError e) {
            if (e.getCause() instanceof MpiUnavailableException unavailable) {
                throw unavailable;
            }
            throw e;
        }
    }

    static void check(int code, String call) {
        if (code != 0) {
            throw failure(code, call);
        }
    }

    private static MpiException failure(int code, String call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment text = arena.allocate(1024);
            int errorClass = -1;
            if ((int) MpiLibrary.ERROR_CLASS.invokeExact(code, number.address()) == 0) {
                errorClass = number.get(ValueLayout.JAVA_INT, 0);
            }
            String words = "no text";
            if ((int) MpiLibrary.ERROR_STRING.invokeExact(code, text.address(), number.address()) == 0) {
                words = text.getString(0).replace('\n', ' ').strip();
            }
            return new MpiException(call, errorClass, worldRank, words);
        } catch (Throwable e) {
            throw MpiLibrary.unexpected(e);
        }
    }

    /// A launcher that does not speak to this library leaves each rank alone in its own world.
    private static void checkSize() {
        String said = System.getenv("OMPI_COMM_WORLD_SIZE");
        if (said == null) {
            said = System.getenv("PMI_SIZE");
        }
        if (said != null && Integer.parseInt(said) != world.size()) {
            throw new MpiUnavailableException("Mixed MPIs: the launcher started " + said + " ranks, but "
                    + libraryDescription() + " sees a world of " + world.size());
        }
    }
}

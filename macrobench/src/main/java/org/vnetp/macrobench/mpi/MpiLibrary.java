package org.vnetp.macrobench.mpi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vnetp.macrobench.mpi.MpiAbi.Implementation;

/// The system's MPI library, found when this class is first used, and the only native calls of the module.
///
/// Which library: system property `vnetp.mpi` or environment variable `VNETP_MPI` (`openmpi`,
/// `mpich`, `abi`, or the path of a library); otherwise the one whose launcher started this
/// process; otherwise the first one installed.
///
/// The call handles take every MPI handle as a `long` and buffers as addresses, whatever the ABI;
/// they are constants, so that the JIT compiles a call to a direct jump.
final class MpiLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final int RTLD_NOW = 2;
    private static final int RTLD_GLOBAL = 0x100;

    private static final Map<Implementation, List<String>> FILES = Map.of(
            Implementation.OPEN_MPI, List.of("libmpi.so.40", "libmpi.so.80"),
            Implementation.MPICH, List.of("libmpich.so.12", "libmpi.so.12"),
            Implementation.STANDARD, List.of("libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.so"));

    /// Stands for the type of an MPI handle in the tables below.
    private static final MemoryLayout HANDLE = JAVA_LONG.withName("handle");

    private record Loaded(MpiAbi abi, SymbolLookup symbols, String file) {}

    private static final Loaded LOADED = load();
    static final MpiAbi ABI = LOADED.abi();
    static final String FILE = LOADED.file();
    static final long STATUS_IGNORE = ABI.statusIgnore();
    static final int REQUEST_BYTES = ABI.pointerHandles() ? 8 : 4;

    static final MethodHandle INIT = call("MPI_Init", JAVA_LONG, JAVA_LONG);
    static final MethodHandle FINALIZE = call("MPI_Finalize");
    static final MethodHandle ABORT = call("MPI_Abort", HANDLE, JAVA_INT);
    static final MethodHandle COMM_RANK = call("MPI_Comm_rank", HANDLE, JAVA_LONG);
    static final MethodHandle COMM_SIZE = call("MPI_Comm_size", HANDLE, JAVA_LONG);
    static final MethodHandle COMM_SPLIT = call("MPI_Comm_split", HANDLE, JAVA_INT, JAVA_INT, JAVA_LONG);
    static final MethodHandle COMM_SET_ERRHANDLER = call("MPI_Comm_set_errhandler", HANDLE, HANDLE);
    static final MethodHandle ERROR_CLASS = call("MPI_Error_class", JAVA_INT, JAVA_LONG);
    static final MethodHandle ERROR_STRING = call("MPI_Error_string", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle CLOCK_GETTIME = LINKER.downcallHandle(
            LINKER.defaultLookup().find("clock_gettime").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    static final MethodHandle WTIME = LINKER.downcallHandle(address("MPI_Wtime"), FunctionDescriptor.of(JAVA_DOUBLE));
    static final MethodHandle SEND = call("MPI_Send", JAVA_LONG, JAVA_INT, HANDLE, JAVA_INT, JAVA_INT, HANDLE);
    static final MethodHandle RECV =
            call("MPI_Recv", JAVA_LONG, JAVA_INT, HANDLE, JAVA_INT, JAVA_INT, HANDLE, JAVA_LONG);
    static final MethodHandle ISEND =
            call("MPI_Isend", JAVA_LONG, JAVA_INT, HANDLE, JAVA_INT, JAVA_INT, HANDLE, JAVA_LONG);
    static final MethodHandle IRECV =
            call("MPI_Irecv", JAVA_LONG, JAVA_INT, HANDLE, JAVA_INT, JAVA_INT, HANDLE, JAVA_LONG);
    static final MethodHandle WAIT = call("MPI_Wait", JAVA_LONG, JAVA_LONG);
    static final MethodHandle WAITALL = call("MPI_Waitall", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle BARRIER = call("MPI_Barrier", HANDLE);
    static final MethodHandle BCAST = call("MPI_Bcast", JAVA_LONG, JAVA_INT, HANDLE, JAVA_INT, HANDLE);
    static final MethodHandle REDUCE =
            call("MPI_Reduce", JAVA_LONG, JAVA_LONG, JAVA_INT, HANDLE, HANDLE, JAVA_INT, HANDLE);
    static final MethodHandle ALLREDUCE = call("MPI_Allreduce", JAVA_LONG, JAVA_LONG, JAVA_INT, HANDLE, HANDLE, HANDLE);
    static final MethodHandle ALLTOALL =
            call("MPI_Alltoall", JAVA_LONG, JAVA_INT, HANDLE, JAVA_LONG, JAVA_INT, HANDLE, HANDLE);
    static final MethodHandle ALLTOALLV = call(
            "MPI_Alltoallv", JAVA_LONG, JAVA_LONG, JAVA_LONG, HANDLE, JAVA_LONG, JAVA_LONG, JAVA_LONG, HANDLE, HANDLE);
    static final MethodHandle ALLGATHER =
            call("MPI_Allgather", JAVA_LONG, JAVA_INT, HANDLE, JAVA_LONG, JAVA_INT, HANDLE, HANDLE);

    private static final long[] DATATYPES = new long[Datatype.values().length];
    private static final long[] OPS = new long[Op.values().length];

    static {
        for (Datatype type : Datatype.values()) {
            DATATYPES[type.ordinal()] = ABI.datatype(type);
        }
        for (Op op : Op.values()) {
            OPS[op.ordinal()] = ABI.op(op);
        }
    }

    private MpiLibrary() {}

    static long datatype(Datatype type) {
        return DATATYPES[type.ordinal()];
    }

    static long op(Op op) {
        return OPS[op.ordinal()];
    }

    /// What the library says it is, in one line. May be called before `MPI_Init`.
    static String version() {
        return version(LOADED.symbols());
    }

    private static String version(SymbolLookup symbols) {
        MemorySegment function = symbols.find("MPI_Get_library_version").orElse(MemorySegment.NULL);
        if (function.address() == 0) {
            return "MPI library of unknown version";
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(8192);
            MemorySegment length = arena.allocate(JAVA_INT);
            MethodHandle handle = LINKER.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
            int code = (int) handle.invokeExact(text, length);
            return code == 0 ? text.getString(0).lines().findFirst().orElse("").strip() : "unknown version";
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// The launcher that started this process, by the environment it leaves; null when none did.
    static Implementation launcher(Map<String, String> environment) {
        if (environment.containsKey("OMPI_COMM_WORLD_SIZE")) {
            return Implementation.OPEN_MPI;
        }
        return environment.containsKey("PMI_RANK") || environment.containsKey("PMI_FD") ? Implementation.MPICH : null;
    }

    static RuntimeException unexpected(Throwable e) {
        if (e instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("A native MPI call threw", e);
    }

    private static Loaded load() {
        leaveFaultSignalsToTheJvm();
        String wanted = System.getProperty("vnetp.mpi", System.getenv("VNETP_MPI"));
        Implementation launcher = launcher(System.getenv());
        List<Implementation> candidates = new ArrayList<>();
        List<String> explicit = List.of();
        if (wanted == null || wanted.isEmpty()) {
            if (launcher == null) {
                candidates.addAll(List.of(Implementation.values()));
            } else {
                candidates.add(launcher);
                candidates.add(Implementation.STANDARD);
            }
        } else if (wanted.indexOf('/') >= 0) {
            explicit = List.of(wanted);
        } else {
            for (Implementation implementation : Implementation.values()) {
                if (implementation.option().equals(wanted.toLowerCase(Locale.ROOT))) {
                    candidates.add(implementation);
                }
            }
            if (candidates.isEmpty()) {
                throw new MpiUnavailableException("Unknown MPI '" + wanted
                        + "' in vnetp.mpi or VNETP_MPI: expected openmpi, mpich, abi or the path of a library");
            }
        }
        for (String file : explicit) {
            Loaded loaded = open(file);
            if (loaded == null) {
                throw new MpiUnavailableException(
                        "Cannot load the MPI library " + file + " named by vnetp.mpi or VNETP_MPI");
            }
            return checkLauncher(loaded, launcher);
        }
        List<String> tried = new ArrayList<>();
        for (Implementation implementation : candidates) {
            for (String file : FILES.get(implementation)) {
                tried.add(file);
                Loaded loaded = open(file);
                if (loaded != null && loaded.abi().implementation() == implementation) {
                    return checkLauncher(loaded, launcher);
                }
            }
        }
        throw new MpiUnavailableException("No MPI library found (tried " + String.join(", ", tried) + "). On Debian: "
                + MpiLauncher.install(candidates.getFirst().option()));
    }

    /// UCX, which both MPIs may load while they look for a transport, takes SIGSEGV and its like from its first
    /// moment and ends the process at any of them. The JVM lives by them: a thread that is to stop at a safepoint
    /// reads a page that is not readable. So a safepoint within `MPI_Init` ended the rank. UCX reads its
    /// environment when it is loaded: it is told here, for every way in which a rank may have been started.
    private static void leaveFaultSignalsToTheJvm() {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle setenv = LINKER.downcallHandle(
                    LINKER.defaultLookup().find("setenv").orElseThrow(),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
            int code = (int) setenv.invokeExact(arena.allocateFrom("UCX_ERROR_SIGNALS"), arena.allocateFrom(""), 1);
            if (code != 0) {
                throw new IllegalStateException("cannot set UCX_ERROR_SIGNALS in this process's environment");
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// A rank started by the other MPI's launcher would not fail but run as a world of one.
    private static Loaded checkLauncher(Loaded loaded, Implementation launcher) {
        Implementation library = loaded.abi().implementation();
        if (launcher != null && library != Implementation.STANDARD && launcher != library) {
            throw new MpiUnavailableException("Mixed MPIs: this rank was started by " + launcher.title()
                    + "'s mpirun but loaded " + library.title() + "'s library " + loaded.file()
                    + ". Use mpirun." + library.option() + ", or set VNETP_MPI=" + launcher.option());
        }
        return loaded;
    }

    /// Opens a library with global visibility (Open MPI's plug-ins need its symbols) and recognises its ABI;
    /// null when there is no such file.
    private static Loaded open(String file) {
        long handle;
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle dlopen = LINKER.downcallHandle(
                    LINKER.defaultLookup().find("dlopen").orElseThrow(),
                    FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_INT));
            handle = (long) dlopen.invokeExact(arena.allocateFrom(file), RTLD_NOW | RTLD_GLOBAL);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        if (handle == 0) {
            return null;
        }
        SymbolLookup symbols = SymbolLookup.libraryLookup(file, Arena.global());
        if (symbols.find("MPI_Abi_get_version").isPresent() && file.contains("mpi_abi")) {
            return new Loaded(MpiAbi.standard(), symbols, file);
        }
        if (symbols.find("ompi_mpi_comm_world").isPresent()) {
            return new Loaded(MpiAbi.openMpi(symbols), symbols, file);
        }
        if (version(symbols).contains("MPICH")
                || symbols.find("MPIR_Err_create_code").isPresent()) {
            return new Loaded(MpiAbi.mpich(), symbols, file);
        }
        throw new MpiUnavailableException("The MPI library " + file + " (" + version(symbols)
                + ") is neither Open MPI, nor MPICH, nor of the MPI standard ABI");
    }

    private static MemorySegment address(String function) {
        return LOADED.symbols()
                .find(function)
                .orElseThrow(() -> new MpiUnavailableException(
                        "The MPI library " + LOADED.file() + " does not export " + function));
    }

    /// A call that returns an MPI error code. Handle arguments are `long` towards Java and as wide as the ABI wants
    /// towards C.
    private static MethodHandle call(String function, MemoryLayout... parameters) {
        MemoryLayout[] natives = new MemoryLayout[parameters.length];
        Class<?>[] types = new Class<?>[parameters.length];
        for (int i = 0; i < parameters.length; i++) {
            boolean narrow = parameters[i].equals(HANDLE) && !LOADED.abi().pointerHandles();
            natives[i] = narrow ? JAVA_INT : parameters[i].withoutName();
            types[i] = parameters[i].equals(JAVA_INT) ? int.class : long.class;
        }
        MethodHandle handle = LINKER.downcallHandle(address(function), FunctionDescriptor.of(JAVA_INT, natives));
        return MethodHandles.explicitCastArguments(handle, MethodType.methodType(int.class, types));
    }
}

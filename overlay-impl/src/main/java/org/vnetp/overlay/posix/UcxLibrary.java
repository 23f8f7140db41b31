package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.function.Supplier;

/// libucp of UCX (openucx.org), where this machine has it: its functions, found once.
///
/// What UCX does for the whole process can only be said by the environment, before the library is loaded: its
/// constructor installs handlers of signals that the JVM owns, hooks the C library's memory functions, starts a thread
/// for a debugging file system and logs to the standard output. All of that is off; what the operator has set himself
/// stays, but for signals and hooks.
final class UcxLibrary {
    private static final String NAME = "libucp.so.0";
    private static final int LC_NUMERIC_MASK = 1 << 1;

    /// ucs_status_t is an enumeration of one byte (UCS_S_PACKED): the rest of the register is anything.
    private static final MemoryLayout STATUS = JAVA_BYTE;

    private static final MethodHandle SETENV = Posix.bind("setenv", -1, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle NEWLOCALE = Posix.bind("newlocale", -1, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle USELOCALE = Posix.bind("uselocale", -1, JAVA_LONG, JAVA_LONG);

    private static final MethodHandle OPEN_MEMSTREAM =
            Posix.bind("open_memstream", -1, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FCLOSE = Posix.bind("fclose", -1, JAVA_INT, JAVA_LONG);
    private static final MethodHandle RELEASE = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(JAVA_LONG));

    private static final UcxLibrary FOUND;
    private static final String MISSING;

    static {
        UcxLibrary library = null;
        String missing = "";
        try {
            library = load();
        } catch (IllegalArgumentException | UnsatisfiedLinkError e) {
            missing = NAME + " of UCX cannot be loaded (" + e.getMessage() + "); './vnetp setup' installs it: the"
                    + " package libucx0";
        }
        FOUND = library;
        MISSING = missing;
    }

    final MethodHandle readConfig;
    final MethodHandle modifyConfig;
    final MethodHandle releaseConfig;
    final MethodHandle init;
    final MethodHandle printInfo;
    final MethodHandle cleanup;
    final MethodHandle createWorker;
    final MethodHandle destroyWorker;
    final MethodHandle workerAddress;
    final MethodHandle releaseAddress;
    final MethodHandle eventDescriptor;
    final MethodHandle arm;
    final MethodHandle progress;
    final MethodHandle createEndpoint;
    final MethodHandle closeEndpoint;
    final MethodHandle send;
    final MethodHandle receive;
    final MethodHandle status;
    final MethodHandle received;
    final MethodHandle cancel;
    final MethodHandle free;
    final MethodHandle statusText;
    final MethodHandle version;

    private final SymbolLookup symbols;

    private UcxLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
        readConfig = bind("ucp_config_read", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        modifyConfig = bind("ucp_config_modify", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        releaseConfig = bindVoid("ucp_config_release", JAVA_LONG);
        // ucp_init itself is inline in the header.
        init = bind("ucp_init_version", STATUS, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        printInfo = bindVoid("ucp_context_print_info", JAVA_LONG, JAVA_LONG);
        cleanup = bindVoid("ucp_cleanup", JAVA_LONG);
        createWorker = bind("ucp_worker_create", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        destroyWorker = bindVoid("ucp_worker_destroy", JAVA_LONG);
        workerAddress = bind("ucp_worker_get_address", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        releaseAddress = bindVoid("ucp_worker_release_address", JAVA_LONG, JAVA_LONG);
        eventDescriptor = bind("ucp_worker_get_efd", STATUS, JAVA_LONG, JAVA_LONG);
        arm = bind("ucp_worker_arm", STATUS, JAVA_LONG);
        progress = bind("ucp_worker_progress", JAVA_INT, JAVA_LONG);
        createEndpoint = bind("ucp_ep_create", STATUS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        closeEndpoint = bind("ucp_ep_close_nbx", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        send = bind("ucp_tag_send_nbx", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        receive = bind("ucp_tag_recv_nbx", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        status = bind("ucp_request_check_status", STATUS, JAVA_LONG);
        received = bind("ucp_tag_recv_request_test", STATUS, JAVA_LONG, JAVA_LONG);
        cancel = bindVoid("ucp_request_cancel", JAVA_LONG, JAVA_LONG);
        free = bindVoid("ucp_request_free", JAVA_LONG);
        version = bindVoid("ucp_get_version", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        statusText = bind("ucs_status_string", JAVA_LONG, STATUS);
    }

    /// @throws IllegalStateException naming the library and its package, where it is not here
    static UcxLibrary get() {
        if (FOUND == null) {
            throw new IllegalStateException(MISSING);
        }
        return FOUND;
    }

    /// The library, or null: for constants that the JIT is to see through.
    static UcxLibrary orNull() {
        return FOUND;
    }

    private static UcxLibrary load() {
        environment("UCX_ERROR_SIGNALS", "", true);
        environment("UCX_MEM_EVENTS", "n", true);
        environment("UCX_VFS_ENABLE", "n", false);
        environment("UCX_LOG_FILE", "stderr", false);
        environment("UCX_LOG_LEVEL", "fatal", false);
        for (String memory : List.of("POSIX", "SYSV")) {
            // A superframe in one piece: one copy in, one out. The length of a piece has 16 bits.
            environment("UCX_" + memory + "_SEG_SIZE", "65528", false);
            // Pieces are used in turn: 256 of them, as UCX has it, are 16 MB that no cache holds; 32 fit the second
            // level.
            environment("UCX_" + memory + "_FIFO_SIZE", "32", false);
            environment("UCX_" + memory + "_RX_BUFS_GROW", "96", false);
            // Else UCX takes no such transport where it is to give up what a dead peer has not taken.
            environment("UCX_" + memory + "_ERROR_HANDLING", "y", false);
        }
        return inPlainLocale(() -> new UcxLibrary(SymbolLookup.libraryLookup(NAME, Arena.global())));
    }

    /// For the C library, whose environment the JVM's own is a copy of.
    private static void environment(String name, String value, boolean always) {
        try (Arena local = Arena.ofConfined()) {
            int unused = (int) SETENV.invokeExact(
                    new Posix().errno(), local.allocateFrom(name), local.allocateFrom(value), always ? 1 : 0);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// What a call of UCX gives that reads numbers: it takes them in the thread's locale (ucx#6406).
    static <T> T inPlainLocale(Supplier<T> call) {
        MemorySegment errno = new Posix().errno();
        try (Arena local = Arena.ofConfined()) {
            // One of the C library's own, which need not be freed.
            long plain = (long) NEWLOCALE.invokeExact(errno, LC_NUMERIC_MASK, local.allocateFrom("C"), 0L);
            long before = (long) USELOCALE.invokeExact(errno, plain);
            try {
                return call.get();
            } finally {
                long unused = (long) USELOCALE.invokeExact(errno, before);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// What a context tells of itself, for people: among it a line for each transport and device.
    String describe(long context) {
        MemorySegment errno = new Posix().errno();
        try (Arena local = Arena.ofConfined()) {
            MemorySegment told = local.allocate(16, 8);
            long stream = (long) OPEN_MEMSTREAM.invokeExact(errno, told.address(), told.address() + 8);
            printInfo.invokeExact(context, stream);
            int unused = (int) FCLOSE.invokeExact(errno, stream);
            long text = told.get(JAVA_LONG, 0);
            String read = MemorySegment.ofAddress(text)
                    .reinterpret(told.get(JAVA_LONG, 8) + 1)
                    .getString(0);
            RELEASE.invokeExact(text);
            return read;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    private MethodHandle bind(String function, MemoryLayout result, MemoryLayout... arguments) {
        return bind(function, FunctionDescriptor.of(result, arguments));
    }

    private MethodHandle bindVoid(String function, MemoryLayout... arguments) {
        return bind(function, FunctionDescriptor.ofVoid(arguments));
    }

    private MethodHandle bind(String function, FunctionDescriptor descriptor) {
        MemorySegment symbol = symbols.find(function)
                .orElseThrow(() -> new UnsatisfiedLinkError("it has no function " + function + ": too old"));
        return Linker.nativeLinker().downcallHandle(symbol, descriptor);
    }
}

package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// A worker of UCX with a context of its own, and at most one endpoint: sends tagged messages to one other worker, and
/// receives them into buffers posted ahead. Nothing calls back: requests are asked whether they are done.
///
/// Struct offsets and constants are those of `ucp/api/ucp.h` of UCX 1.10 and later (64 bits). A failing call gives a
/// negative `ucs_status_t`; set-up throws.
///
/// **Thread:** one at a time; it may be another one later (UCS_THREAD_MODE_SERIALIZED). Buffers stay the caller's, and
/// must keep their bytes until their requests are done.
public final class UcxWorker implements AutoCloseable {
    // ucs/type/status.h
    public static final int OK = 0;
    public static final int IN_PROGRESS = 1;
    public static final int TRUNCATED = -9;
    public static final int BUSY = -15;
    private static final int UNREACHABLE = -6;

    /// Longest address of a worker that is made or taken, bytes: it has to fit a datagram.
    public static final int MOST_ADDRESS = 1200;

    /// A line of what a context tells, such as `resource 0 : md 0 dev 0 flags -- tcp/eth0`.
    private static final Pattern TRANSPORT = Pattern.compile("resource +\\d+ .* (?!self/)[a-z][a-z0-9_]*/");

    private static final int API_MAJOR = 1;
    private static final int API_MINOR = 10;

    // enum ucp_feature, and the field masks of the structs
    private static final long FEATURE_TAG = 1;
    private static final long FEATURE_WAKEUP = 1 << 4;
    private static final long PARAM_FEATURES = 1;
    private static final long WORKER_PARAM_THREAD_MODE = 1;
    private static final int THREAD_MODE_SERIALIZED = 1;
    private static final long EP_PARAM_REMOTE_ADDRESS = 1;
    private static final long EP_PARAM_ERROR_HANDLING = 1 << 1;
    private static final int ERROR_HANDLING_PEER = 1;
    private static final int ATTRIBUTE_FLAGS = 1 << 4;
    private static final int ATTRIBUTE_NO_IMMEDIATE_COMPLETION = 1 << 16;
    private static final int CLOSE_FORCE = 1;

    private static final int CONTEXT_PARAMS_LENGTH = 80;
    private static final int WORKER_PARAMS_LENGTH = 200;
    private static final int ENDPOINT_PARAMS_LENGTH = 128;
    private static final int REQUEST_PARAMS_LENGTH = 80;

    /// Turns of progress that a close waits for requests to end.
    private static final int CLOSING_TURNS = 1000;

    // Constants of the class, so that the JIT sees through them; null where there is no library.
    private static final MethodHandle PROGRESS = hot(UcxLibrary.orNull(), 0);
    private static final MethodHandle SEND = hot(UcxLibrary.orNull(), 1);
    private static final MethodHandle RECEIVE = hot(UcxLibrary.orNull(), 2);
    private static final MethodHandle STATUS = hot(UcxLibrary.orNull(), 3);
    private static final MethodHandle RECEIVED = hot(UcxLibrary.orNull(), 4);
    private static final MethodHandle FREE = hot(UcxLibrary.orNull(), 5);
    private static final MethodHandle ARM = hot(UcxLibrary.orNull(), 6);

    private final UcxLibrary library = UcxLibrary.get();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment sendParams = arena.allocate(REQUEST_PARAMS_LENGTH, 8);
    private final MemorySegment receiveParams = arena.allocate(REQUEST_PARAMS_LENGTH, 8);
    private final MemorySegment info = arena.allocate(16, 8);
    private final long sendParamsAddress = sendParams.address();
    private final long receiveParamsAddress = receiveParams.address();
    private final long infoAddress = info.address();
    private long context;
    private long worker;
    private long endpoint;
    private boolean failureHandling;
    private final int descriptor;
    private long wakeSpace;

    private static MethodHandle hot(UcxLibrary library, int which) {
        if (library == null) {
            return null;
        }
        return switch (which) {
            case 0 -> library.progress;
            case 1 -> library.send;
            case 2 -> library.receive;
            case 3 -> library.status;
            case 4 -> library.received;
            case 5 -> library.free;
            default -> library.arm;
        };
    }

    /// A worker of this process's network namespace.
    ///
    /// @param settings UCX's own, without `UCX_`, such as `TLS`
    /// @throws IllegalStateException where the library is missing, or refuses: says what was asked for
    public static UcxWorker open(Map<String, String> settings) {
        return new UcxWorker(settings);
    }

    /// A worker that only goes by memory. Such are woken by Unix sockets without names, which belong to a network
    /// namespace: they are made in that of process 1 where this process may enter it, so that nodes in different
    /// namespaces of one machine wake each other.
    public static UcxWorker openShared(Map<String, String> settings) {
        try {
            return NetworkNamespace.inside(eldestNamespace(), _ -> inHere(settings));
        } catch (PosixException e) {
            return inHere(settings);
        }
    }

    /// The network namespace of the eldest ancestor that this process may look at: of process 1 where it may, else, as
    /// in
    /// containers that hide it, of what started the nodes of this machine.
    private static String eldestNamespace() {
        String eldest = "/proc/self/ns/net";
        Optional<ProcessHandle> ancestor = ProcessHandle.current().parent();
        while (ancestor.isPresent()) {
            Path namespace = Path.of("/proc", Long.toString(ancestor.get().pid()), "ns", "net");
            try {
                Files.readSymbolicLink(namespace);
                eldest = namespace.toString();
            } catch (IOException e) {
                return eldest;
            }
            ancestor = ancestor.get().parent();
        }
        return eldest;
    }

    private static UcxWorker inHere(Map<String, String> settings) {
        UcxWorker made = new UcxWorker(settings);
        try {
            String space =
                    Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
            made.wakeSpace = Long.parseLong(space.replaceAll("[^0-9]", ""));
        } catch (IOException | NumberFormatException e) {
            made.close();
            throw new IllegalStateException("this process's network namespace cannot be read: " + e.getMessage(), e);
        }
        return made;
    }

    private UcxWorker(Map<String, String> settings) {
        try {
            context = UcxLibrary.inPlainLocale(() -> context(settings));
            requireTransport(settings);
            worker = worker();
            descriptor = eventDescriptor();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        receiveParams.set(JAVA_INT, 0, ATTRIBUTE_NO_IMMEDIATE_COMPLETION);
    }

    /// The library's version, as `1.13.1`.
    ///
    /// @throws IllegalStateException where the library is missing
    public static String version() {
        UcxLibrary library = UcxLibrary.get();
        try (Arena local = Arena.ofConfined()) {
            MemorySegment numbers = local.allocate(24, 8);
            long at = numbers.address();
            library.version.invokeExact(at, at + 8, at + 16);
            return numbers.get(JAVA_INT, 0) + "." + numbers.get(JAVA_INT, 8) + "." + numbers.get(JAVA_INT, 16);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    private long context(Map<String, String> settings) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment result = local.allocate(8, 8);
            check((byte) library.readConfig.invokeExact(0L, 0L, result.address()), "read UCX's settings");
            long config = result.get(JAVA_LONG, 0);
            try {
                for (Map.Entry<String, String> setting : settings.entrySet()) {
                    check(
                            (byte) library.modifyConfig.invokeExact(
                                    config,
                                    local.allocateFrom(setting.getKey()).address(),
                                    local.allocateFrom(setting.getValue()).address()),
                            "set UCX's " + setting.getKey() + " to '" + setting.getValue() + "'");
                }
                MemorySegment params = local.allocate(CONTEXT_PARAMS_LENGTH, 8);
                params.set(JAVA_LONG, 0, PARAM_FEATURES);
                params.set(JAVA_LONG, 8, FEATURE_TAG | FEATURE_WAKEUP);
                check(
                        (byte) library.init.invokeExact(
                                API_MAJOR, API_MINOR, params.address(), config, result.address()),
                        "start UCX with " + settings);
                return result.get(JAVA_LONG, 0);
            } finally {
                library.releaseConfig.invokeExact(config);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// A context without any transport is none that UCX refuses: making its worker ends the process.
    private void requireTransport(Map<String, String> settings) {
        String told = library.describe(context);
        if (!TRANSPORT.matcher(told).find()) {
            throw new IllegalStateException(
                    "UCX has no such transport or device on this machine: " + settings + "; 'ucx_info -d' lists them");
        }
    }

    private long worker() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment result = local.allocate(8, 8);
            MemorySegment params = local.allocate(WORKER_PARAMS_LENGTH, 8);
            params.set(JAVA_LONG, 0, WORKER_PARAM_THREAD_MODE);
            params.set(JAVA_INT, 8, THREAD_MODE_SERIALIZED);
            check(
                    (byte) library.createWorker.invokeExact(context, params.address(), result.address()),
                    "make a worker of UCX");
            return result.get(JAVA_LONG, 0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    private int eventDescriptor() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment result = local.allocate(8, 8);
            check(
                    (byte) library.eventDescriptor.invokeExact(worker, result.address()),
                    "get the descriptor of a worker of UCX");
            return result.get(JAVA_INT, 0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    private void check(int status, String what) {
        if (status < 0) {
            throw new IllegalStateException(what + ": " + text(status));
        }
    }

    /// What a status means, in UCX's words.
    public static String text(int status) {
        try {
            long text = (long) UcxLibrary.get().statusText.invokeExact((byte) status);
            return MemorySegment.ofAddress(text).reinterpret(256).getString(0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// What another worker needs to reach this one; opaque.
    ///
    /// @throws IllegalStateException where it is longer than [#MOST_ADDRESS]
    public byte[] address() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment result = local.allocate(16, 8);
            check(
                    (byte) library.workerAddress.invokeExact(worker, result.address(), result.address() + 8),
                    "get the address of a worker of UCX");
            long address = result.get(JAVA_LONG, 0);
            long length = result.get(JAVA_LONG, 8);
            try {
                if (length > MOST_ADDRESS) {
                    throw new IllegalStateException("UCX's address is " + length + " bytes long; expected at most "
                            + MOST_ADDRESS + ": say fewer transports by 'tls'");
                }
                byte[] bytes = new byte[(int) length];
                MemorySegment.copy(
                        MemorySegment.ofAddress(address).reinterpret(length), JAVA_BYTE, 0, bytes, 0, bytes.length);
                return bytes;
            } finally {
                library.releaseAddress.invokeExact(worker, address);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Makes the endpoint.
    ///
    /// @param peer   another worker's [#address]; UCX believes it, so it must come from one
    /// @param shared UCX may be one that cannot tell of the peer's end where that goes by memory
    /// @throws IllegalStateException where no transport reaches it
    public void connect(byte[] peer, boolean shared) {
        int status = connectWith(peer, true);
        if (status == UNREACHABLE && shared) {
            status = connectWith(peer, false);
        }
        if (status == UNREACHABLE) {
            throw new IllegalStateException("none of this node's transports reaches the peer's");
        }
        check(status, "connect UCX to the peer");
    }

    private int connectWith(byte[] peer, boolean handling) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment result = local.allocate(8, 8);
            // UCX reads no further than the address says of itself; zeros behind it end one that was cut.
            MemorySegment address = local.allocate(MOST_ADDRESS + 64L, 8);
            MemorySegment.copy(peer, 0, address, JAVA_BYTE, 0, peer.length);
            MemorySegment params = local.allocate(ENDPOINT_PARAMS_LENGTH, 8);
            params.set(JAVA_LONG, 0, EP_PARAM_REMOTE_ADDRESS | EP_PARAM_ERROR_HANDLING);
            params.set(JAVA_LONG, 8, address.address());
            params.set(JAVA_INT, 16, handling ? ERROR_HANDLING_PEER : 0);
            int status = (byte) library.createEndpoint.invokeExact(worker, params.address(), result.address());
            if (status == OK) {
                endpoint = result.get(JAVA_LONG, 0);
                failureHandling = handling;
            }
            return status;
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// The network namespace in which it is woken, by inode; 0 where that goes by the network.
    public long wakeSpace() {
        return wakeSpace;
    }

    /// Becomes readable after [#arm], when there is something to do.
    public int descriptor() {
        return descriptor;
    }

    // --- the loop's ---

    /// Moves what can be moved.
    ///
    /// @return 0 when nothing could
    public int progress() {
        try {
            return (int) PROGRESS.invokeExact(worker);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Asks for the descriptor to tell of the next event.
    ///
    /// @return [#OK], or [#BUSY] where there is something to do now
    public int arm() {
        try {
            return (byte) ARM.invokeExact(worker);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Sends a message over the endpoint.
    ///
    /// @return 0: done; above: a request, to be asked by [#status] and freed; below: a status
    public long send(long address, long length, long tag) {
        try {
            // A pointer of Linux's user space, or a status: UCS_PTR_IS_ERR.
            return (long) SEND.invokeExact(endpoint, address, length, tag, sendParamsAddress);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Posts a buffer for the next message, whatever its tag.
    ///
    /// @return a request, to be asked by [#received] and freed; below 0: a status
    public long post(long address, long length) {
        try {
            return (long) RECEIVE.invokeExact(worker, address, length, 0L, 0L, receiveParamsAddress);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Of a sent message.
    public int status(long request) {
        try {
            return (byte) STATUS.invokeExact(request);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Of a posted buffer; when [#OK], [#receivedTag] and [#receivedLength] tell what came.
    public int received(long request) {
        try {
            return (byte) RECEIVED.invokeExact(request, infoAddress);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    public long receivedTag() {
        return info.get(JAVA_LONG, 0);
    }

    public int receivedLength() {
        return (int) info.get(JAVA_LONG, 8);
    }

    public void free(long request) {
        try {
            FREE.invokeExact(request);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    // --- the end ---

    /// Gives up a request: afterwards it is done, one way or the other, after some [#progress].
    public void cancel(long request) {
        try {
            library.cancel.invokeExact(worker, request);
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Gives up what is unsent, where the peer's failures are handled; else that goes with the worker.
    public void disconnect() {
        if (endpoint == 0 || !failureHandling) {
            return;
        }
        try (Arena local = Arena.ofConfined()) {
            MemorySegment params = local.allocate(REQUEST_PARAMS_LENGTH, 8);
            params.set(JAVA_INT, 0, ATTRIBUTE_FLAGS);
            params.set(JAVA_INT, 4, CLOSE_FORCE);
            long closing = (long) library.closeEndpoint.invokeExact(endpoint, params.address());
            endpoint = 0;
            for (int i = 0; i < CLOSING_TURNS && closing > 0 && status(closing) == IN_PROGRESS; i++) {
                progress();
            }
            if (closing > 0) {
                free(closing);
            }
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }

    /// Frees all; the caller has freed its requests.
    @Override
    public void close() {
        try {
            if (worker != 0) {
                disconnect();
                library.destroyWorker.invokeExact(worker);
                worker = 0;
            }
            if (context != 0) {
                library.cleanup.invokeExact(context);
                context = 0;
            }
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }
}

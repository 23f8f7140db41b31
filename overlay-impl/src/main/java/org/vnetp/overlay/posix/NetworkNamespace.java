package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/// Work in another network namespace than this process's (setns(2)).
public final class NetworkNamespace {
    private static final MethodHandle SETNS = Posix.bind("setns", -1, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final int CLONE_NEWNET = 0x4000_0000;

    private NetworkNamespace() {}

    /// Runs set-up inside a network namespace, on a thread that ends with it, so that no other thread changes its
    /// namespace. What is opened there, a socket too, stays there and may be used from anywhere.
    ///
    /// @param namespace a file that leads to it, as `/run/netns/NAME`; null: where the caller is
    /// @param work gets the calls of its thread
    /// @throws PosixException when it cannot be entered
    public static <T> T inside(String namespace, Function<Posix, T> work) {
        if (namespace == null) {
            return work.apply(new Posix());
        }
        AtomicReference<T> result = new AtomicReference<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().name("vnetp-netns").start(() -> {
            try {
                Posix posix = new Posix();
                int fd = Posix.check(
                        posix.open(namespace, Posix.O_RDONLY | Posix.O_CLOEXEC),
                        "open the network namespace '" + namespace + "'");
                try {
                    Posix.check(enter(posix, fd), "enter the network namespace '" + namespace + "'");
                } finally {
                    posix.close(fd);
                }
                result.set(work.apply(posix));
            } catch (RuntimeException | Error e) {
                failure.set(e);
            }
        });
        Ended.await(thread);
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new AssertionError(e);
        }
        return result.get();
    }

    /// Moves the calling thread.
    private static int enter(Posix posix, int fd) {
        try {
            return posix.result((int) SETNS.invokeExact(posix.errno(), fd, CLONE_NEWNET));
        } catch (Throwable e) {
            throw Posix.impossible(e);
        }
    }
}

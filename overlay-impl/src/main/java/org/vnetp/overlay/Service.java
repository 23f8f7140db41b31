package org.vnetp.overlay;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.vnetp.overlay.posix.DatagramNote;
import org.vnetp.overlay.posix.PosixException;

/// A node as a service of systemd, or of who keeps to the same rules: it tells when it is ready (sd_notify(3))
/// and reads its file again at SIGHUP.
final class Service {
    static final String READY = "READY=1";
    static final String STOPPING = "STOPPING=1";

    private static final int TERMINAL = 4; // of proc_pid_stat(5), counted from the field behind the program's name

    private Service() {}

    /// That it reads its file again now. The manager wants the time too, on its own clock, which is
    /// [System#nanoTime]'s.
    static String reloading() {
        return "RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000;
    }

    /// Tells the manager, where there is one.
    ///
    /// @param log takes a line where it could not be told
    static void tell(String what, Consumer<String> log) {
        String address = System.getenv("NOTIFY_SOCKET");
        if (address == null || address.isEmpty()) {
            return;
        }
        try {
            DatagramNote.send(address, what.getBytes(StandardCharsets.UTF_8));
        } catch (PosixException e) {
            log.accept("vnetp node: the service manager was not told "
                    + what.lines().findFirst().orElse("") + ": " + e.getMessage());
        }
    }

    /// Has SIGHUP do something, unless the process has a terminal: there the signal says that the terminal
    /// goes, and the process with it.
    ///
    /// By reflection: sun.misc.Signal is part of the JDK (jdk.unsupported), but javac warns of it in a way that
    /// cannot be switched off.
    ///
    /// @return whether it does
    static boolean reloads(Runnable what) {
        if (hasTerminal()) {
            return false;
        }
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object doing = Proxy.newProxyInstance(
                    Service.class.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            what.run();
                            yield null;
                        }
                        case "equals" -> self == arguments[0];
                        case "hashCode" -> System.identityHashCode(self);
                        default -> "reads the file again";
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), doing);
            return true;
        } catch (ReflectiveOperationException e) {
            return false; // nohup: the signal is ignored then, and stays so
        }
    }

    private static boolean hasTerminal() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
            return !stat.substring(stat.lastIndexOf(')') + 2)
                    .split(" ")[TERMINAL]
                    .equals("0");
        } catch (IOException e) {
            return true;
        }
    }
}

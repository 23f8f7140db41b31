package org.vnetp.macrobench.guest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// One command of a [GuestAgent], from its request to its exit code.
final class GuestCommand {
    /// Exit codes of shells: there is no such program, or it cannot be run.
    private static final int NOT_FOUND = 127;

    private static final int LONGEST_TEXT = 1 << 20;
    private static final int MOST_WORDS = 1 << 16;
    private static final int BUFFER_BYTES = 1 << 14;
    /// From being told to end to being killed.
    private static final long GRACE_SECONDS = 5;
    /// A process that the command left behind may keep its outputs open; whoever asked does not wait for it.
    private static final long LAST_WORDS_MS = 1_000;

    private final Socket run;
    private final Socket in;
    private final Socket out;
    private final Socket err;

    GuestCommand(Socket run, Socket in, Socket out, Socket err) {
        this.run = run;
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /// What is asked for.
    record Request(String directory, List<String> words, List<String> environment) {
        /// @throws IOException when it is cut off or no request
        static Request read(InputStream from) throws IOException {
            String directory = text(from);
            int count;
            try {
                count = Integer.parseInt(text(from));
            } catch (NumberFormatException e) {
                throw new IOException("expected the number of a command's words", e);
            }
            if (count < 1 || count > MOST_WORDS) {
                throw new IOException("expected a command of 1 to " + MOST_WORDS + " words, got " + count);
            }
            List<String> words = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                words.add(text(from));
            }
            List<String> environment = new ArrayList<>();
            for (String each = text(from); !each.isEmpty(); each = text(from)) {
                environment.add(each);
            }
            return new Request(directory, words, environment);
        }

        private static String text(InputStream from) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int c = from.read(); c != 0; c = from.read()) {
                if (c < 0 || bytes.size() == LONGEST_TEXT) {
                    throw new IOException("a request that is cut off or too long");
                }
                bytes.write(c);
            }
            return bytes.toString(StandardCharsets.UTF_8);
        }

        Process start() throws IOException {
            ProcessBuilder builder = new ProcessBuilder(words);
            builder.directory(new File(directory));
            Map<String, String> variables = builder.environment();
            variables.clear();
            for (String each : environment) {
                int equals = each.indexOf('=');
                if (equals > 0) {
                    variables.put(each.substring(0, equals), each.substring(equals + 1));
                }
            }
            return builder.start();
        }
    }

    /// Runs it. Returns when it has ended and that has been told, or nobody is there to be told.
    void run() throws IOException, InterruptedException {
        InputStream orders = new BufferedInputStream(run.getInputStream());
        Request request = Request.read(orders);
        int code;
        try {
            code = carryOut(request, orders);
        } catch (IOException e) {
            err.getOutputStream().write((e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            code = NOT_FOUND;
        }
        in.close();
        out.close();
        err.close();
        run.getOutputStream().write(("exit " + code + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private int carryOut(Request request, InputStream orders) throws IOException, InterruptedException {
        InputStream given = in.getInputStream();
        OutputStream wanted = out.getOutputStream();
        OutputStream complaints = err.getOutputStream();
        Process process = request.start();
        pump("in", given, process.getOutputStream());
        Thread output = pump("out", process.getInputStream(), wanted);
        Thread errors = pump("err", process.getErrorStream(), complaints);
        Thread.ofPlatform().daemon().name("guest-orders").start(() -> obey(orders, process));
        int code = process.waitFor();
        output.join(LAST_WORDS_MS);
        errors.join(LAST_WORDS_MS);
        return code;
    }

    /// Ends the command when told to, or when whoever asked for it is gone.
    private static void obey(InputStream orders, Process process) {
        try {
            int c = orders.read();
            while (c >= 0 && c != '\n') {
                c = orders.read();
            }
        } catch (IOException e) {
            // The connection broke: nobody is there any more.
        }
        end(process);
    }

    /// Ends a process with all that it has started.
    static void end(Process process) {
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        all.forEach(ProcessHandle::destroy);
        try {
            process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    /// Copies until one side ends, then closes both: the one that goes on learns of it.
    private static Thread pump(String name, InputStream from, OutputStream to) {
        return Thread.ofPlatform().daemon().name("guest-" + name).start(() -> {
            byte[] buffer = new byte[BUFFER_BYTES];
            try (from;
                    to) {
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                    to.write(buffer, 0, n);
                    to.flush();
                }
            } catch (IOException e) {
                // The command or whoever hears it is gone.
            }
        });
    }
}

package org.vnetp.macrobench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Endpoint;

/// A program of ours at an endpoint, spoken to in lines over its standard input and output. For one thread.
final class Talk implements AutoCloseable {
    private final Process process;
    private final BufferedReader in;
    private final OutputStream out;
    private final String what;
    private final Path errors;

    /// Starts it.
    ///
    /// @param errors where its standard error goes
    /// @param program with a main method
    Talk(Endpoint at, Path errors, Class<?> program, String... arguments) throws IOException {
        this.errors = errors;
        what = arguments[0] + " at " + at.hostName();
        process = at.command(Latency.java(program, List.of(arguments)))
                .redirectError(errors.toFile())
                .start();
        in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        out = process.getOutputStream();
    }

    void say(String line) throws IOException {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        } catch (IOException e) {
            throw new IOException(ended(), e);
        }
    }

    /// Says a line and waits for the answer, as [#read] does.
    Map<String, Double> ask(String line, String answer, long seconds) throws IOException, InterruptedException {
        say(line);
        return read(answer, seconds);
    }

    /// Waits for a line with that beginning, and gives its `key=value` words.
    Map<String, Double> read(String beginning, long seconds) throws IOException, InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!in.ready()) {
            if (!process.isAlive() && !in.ready()) {
                throw new IOException(ended());
            }
            if (System.nanoTime() > until) {
                throw new IOException(what + " said nothing within " + seconds + " s");
            }
            Thread.sleep(2);
        }
        String line = in.readLine();
        if (line == null || !line.startsWith(beginning)) {
            throw new IOException(what + " said '" + line + "', expected '" + beginning + "...'");
        }
        return Latency.values(line);
    }

    private String ended() throws IOException {
        return what + " ended: " + Program.text(errors).strip();
    }

    @Override
    public void close() {
        try {
            out.close(); // it ends then, on another machine too, where no signal of ours would reach it
        } catch (IOException e) {
            // It has ended already.
        }
        try {
            process.waitFor(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Child.end(process);
    }
}

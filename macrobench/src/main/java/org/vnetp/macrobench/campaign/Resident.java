package org.vnetp.macrobench.campaign;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A program that stays: it is started once, says when it is ready, and from then on gives one line of its standard
/// output for each order it gets, a line of its standard input. Between two orders it waits.
///
/// ```java
/// try (Resident ranks = Resident.start("cg.A.4 over vnetp", command, out, err, line -> line.startsWith(" region "))) {
///     String ready = ranks.answer(Duration.ofSeconds(60));
///     String region = ranks.ask("go 1", Duration.ofSeconds(60));
/// }
/// ```
///
/// It ends when told to by [#close()], when our end of its standard input goes, or when it is killed; whoever asks it
/// then is told why. One thread uses it at a time; a thread of its own copies its output to the file.
public final class Resident implements AutoCloseable {
    /// The resident is of no use any more. The message says what it is and what happened to it.
    public static final class GoneException extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean hung;

        private GoneException(String message, boolean hung) {
            super(message);
            this.hung = hung;
        }

        /// Whether it was ended because it gave no answer in time.
        public boolean hung() {
            return hung;
        }
    }

    /// The order that [#close()] gives.
    public static final String END = org.vnetp.macrobench.mpi.Gate.END;

    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final String name;
    private final Job job;
    private final Path stderr;
    private final Duration patience;
    /// Answers; an empty text, which no answer is, when there will be none any more.
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Thread reader;
    private String gone;
    private boolean dismissed;

    private Resident(String name, Job job, Path stdout, Path stderr, Predicate<String> isAnswer, Duration patience)
            throws IOException {
        this.name = name;
        this.job = job;
        this.stderr = stderr;
        this.patience = patience;
        Writer copy = Files.newBufferedWriter(stdout);
        this.reader = new Thread(() -> read(copy, isAnswer), "resident " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /// Starts it; it is not ready yet.
    ///
    /// @param name for messages
    /// @param command as it would be started; its outputs are redirected
    /// @param stdout where its standard output goes, verbatim
    /// @param stderr where its standard error goes
    /// @param isAnswer tells an answer from other lines of standard output
    public static Resident start(
            String name, ProcessBuilder command, Path stdout, Path stderr, Predicate<String> isAnswer)
            throws IOException {
        command.redirectError(stderr.toFile());
        command.redirectOutput(ProcessBuilder.Redirect.PIPE);
        command.redirectInput(ProcessBuilder.Redirect.PIPE);
        Job job = Job.start(command);
        try {
            return new Resident(name, job, stdout, stderr, isAnswer, LAST_WORDS);
        } catch (IOException e) {
            job.close();
            throw e;
        }
    }

    /// Waits for the next answer without giving an order: the first one, which says that it is ready.
    ///
    /// @throws GoneException when there is none within the limit; it has been ended then
    /// @throws InterruptedException while waiting; it goes on
    public String answer(Duration limit) throws GoneException, InterruptedException {
        if (gone != null) {
            throw new GoneException(gone, false);
        }
        String answer = answers.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (answer == null) {
            throw lost(String.format(Locale.ROOT, "no answer within %.0f s", limit.toNanos() / 1e9) + said(), true);
        }
        if (answer.isEmpty()) {
            throw lost("ended with exit code " + exitCode() + said(), false);
        }
        return answer;
    }

    /// Gives an order and waits for its answer.
    ///
    /// @throws GoneException as [#answer]
    public String ask(String order, Duration limit) throws GoneException, InterruptedException {
        if (gone == null) {
            try {
                OutputStream to = job.process().getOutputStream();
                to.write((order + "\n").getBytes(StandardCharsets.UTF_8));
                to.flush();
            } catch (IOException e) {
                // The reason is how it ended.
                answers.clear();
                if (await(patience)) {
                    throw lost("ended with exit code " + exitCode() + said(), false);
                }
                throw lost("takes no orders any more: " + e.getMessage() + said(), false);
            }
        }
        return answer(limit);
    }

    /// Whether it can be asked, as far as is known.
    public boolean alive() {
        return gone == null && job.process().isAlive();
    }

    public String name() {
        return name;
    }

    /// Tells it to end, and does not wait until it has: several end at the same time so. [#close()] still has to be
    /// called.
    public void dismiss() {
        if (gone == null && job.process().isAlive()) {
            gone = name + " was told to end";
            dismissed = true;
            try {
                OutputStream to = job.process().getOutputStream();
                to.write((END + "\n").getBytes(StandardCharsets.UTF_8));
                to.flush();
            } catch (IOException e) {
                // It has ended already.
            }
        }
    }

    /// Lets it end, and ends it if it does not within some seconds.
    @Override
    public void close() throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            if (!interrupted) {
                dismiss();
            }
            if (dismissed && !interrupted) {
                try {
                    job.process().waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            closeInput();
            job.close();
            reader.join(patience.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeInput() {
        try {
            job.process().getOutputStream().close();
        } catch (IOException e) {
            // It has ended, with something unread.
        }
    }

    private GoneException lost(String why, boolean hung) {
        gone = name + ": " + why;
        try {
            job.close();
        } catch (IOException e) {
            gone += "; its processes could not be ended: " + e.getMessage();
        }
        return new GoneException(gone, hung);
    }

    private String said() {
        try {
            return Program.said(Program.text(stderr));
        } catch (IOException e) {
            return "; what it said cannot be read: " + e.getMessage();
        }
    }

    /// Of a process whose output has ended, which is a moment before it ends itself.
    private String exitCode() throws InterruptedException {
        return await(patience) ? String.valueOf(job.process().exitValue()) : "unknown";
    }

    private boolean await(Duration limit) throws InterruptedException {
        return job.process().waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void read(Writer copy, Predicate<String> isAnswer) {
        try (copy;
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(job.process().getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                copy.write(line + "\n");
                if (isAnswer.test(line)) {
                    copy.flush();
                    answers.add(line);
                }
            }
        } catch (IOException e) {
            // A full disk or a broken pipe: either way there are no more answers.
        } finally {
            answers.add("");
        }
    }
}

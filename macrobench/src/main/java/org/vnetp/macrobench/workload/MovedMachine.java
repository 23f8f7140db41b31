package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.vnetp.macrobench.testbed.Traveller;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// [Migration] of a guest whose clock stands still while it moves. So the datagrams are sent back and what comes is
/// noted where they came from ([MirrorWatch]), a quarter as many as of other guests; streams of TCP, checked byte for
/// byte, go the same way.
final class MovedMachine {
    private static final String PORT = "7009";
    /// A guest that is translated may take so long to start a program.
    private static final long STARTING_SECONDS = 60;

    private static final long ANSWER_SECONDS = 20;
    /// A guest that is translated takes no more.
    private static final int SLOWER = 4;

    private static final double WARM_UP_SECONDS = 1;
    private static final double BEFORE_SHARE = 0.4;

    private MovedMachine() {}

    /// Moves it and records what came of it.
    ///
    /// @param to the host's index
    static void measure(Workload.Setup setup, Run run, Traveller guest, int to)
            throws IOException, InterruptedException {
        int rate = Integer.parseInt(setup.params().get("rate")) / SLOWER;
        double most = WARM_UP_SECONDS + setup.seconds() + guest.longestMove().toSeconds() + ANSWER_SECONDS;
        try (Talk mirror =
                new Talk(guest.endpoint(), Path.of(setup.raw() + ".mirror.txt"), Mirror.class, "mirror", PORT)) {
            mirror.read("ready", STARTING_SECONDS);
            try (Talk watch = new Talk(
                    setup.client(),
                    Path.of(setup.raw() + ".watch.txt"),
                    MirrorWatch.class,
                    "watch",
                    guest.endpoint().address(),
                    PORT,
                    Integer.toString(rate),
                    Long.toString(Math.round(rate * most)))) {
                watch.read("ready", STARTING_SECONDS);
                watch.ask("start", "started=", ANSWER_SECONDS);
                sleep(WARM_UP_SECONDS + BEFORE_SHARE * setup.seconds());
                watch.ask("begin", "begun=", ANSWER_SECONDS);
                long start = System.nanoTime();
                guest.moveTo(to);
                run.value(Metrics.MOVE_TIME, (System.nanoTime() - start) / 1e6);
                watch.ask("end", "ended=", ANSWER_SECONDS);
                mirror.ask("go", "going=", ANSWER_SECONDS);
                guest.pause().ifPresent(pause -> {
                    run.value(Metrics.PAUSE, pause.ms());
                    run.value(Metrics.MEMORY_MOVED, pause.bytes());
                });
                sleep((1 - BEFORE_SHARE) * setup.seconds());
                Map<String, Double> came = watch.ask("report", "sent=", ANSWER_SECONDS);
                Migration.record(run, rate, came.get("sent"), came);
                stream(run, came);
            }
        }
    }

    private static void sleep(double seconds) throws InterruptedException {
        Thread.sleep(Math.round(1000 * seconds));
    }

    private static void stream(Run run, Map<String, Double> came) {
        if (came.get("wrong") > 0) {
            run.ended(
                    Status.FAILED,
                    came.get("wrong").longValue() + " bytes of streams over the move came back wrong, of "
                            + Math.round(came.get("bytes") + came.get("back")));
        } else if (came.get("back") < came.get("kept")) {
            run.ended(
                    Status.FAILED,
                    "of " + came.get("kept").longValue() + " bytes that lay in the guest when it moved only "
                            + came.get("back").longValue() + " came back");
        } else if (!(came.get("after") > 0)) {
            run.ended(
                    Status.FAILED,
                    "a stream of TCP stood still after the move: "
                            + came.get("bytes").longValue() + " bytes had come back before");
        }
    }
}

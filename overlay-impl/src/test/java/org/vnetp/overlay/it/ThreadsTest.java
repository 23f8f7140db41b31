package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `vnetp node --threads dedicated`: a loop for each direction.
@Tag("netns")
class ThreadsTest {
    private static final int BYTES = 16 << 20;

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void dedicatedLoopsCarryAStreamEachWay(TwoHosts.Format format) throws Exception {
        TwoHosts.require("ip", "socat", "ss");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            final NodeProcess node =
                    hosts.both(format, "", "--threads", "dedicated").getFirst();
            final TcpStream there = hosts.stream(1, 5001, BYTES);
            final TcpStream back = hosts.stream(2, 5002, BYTES);
            final Thread writer = there.writeRest(BYTES, 0);
            back.write(BYTES);
            writer.join();
            there.arrivesWhole();
            back.arrivesWhole();
            final List<Long> rounds = rounds(node.ask("show stats --json"));
            assertEquals(2, rounds.size(), "loops");
            // A round handles at most a batch; one loop alone would have all of them.
            assertTrue(rounds.stream().allMatch(n -> n > 20), () -> "rounds with work: " + rounds);
        }
    }

    /// How many rounds of each loop found work.
    private static List<Long> rounds(String stats) {
        final Matcher loop = Pattern.compile("\"name\":\\s*\"loop\\d+\"[^}]*?\"work_rounds\":\\s*(\\d+)")
                .matcher(stats);
        final List<Long> rounds = new ArrayList<>();
        while (loop.find()) {
            rounds.add(Long.parseLong(loop.group(1)));
        }
        return rounds;
    }
}

package org.vnetp.reports.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimeLineFileTest {
    @TempDir
    Path directory;

    private TimeLineFile read(String text) throws IOException {
        return TimeLineFile.read(Files.writeString(directory.resolve("run.timeline.csv"), text));
    }

    @Test
    void ratesAndDecisionsAreRead() throws IOException {
        TimeLineFile line =
                read("seconds,host,mbit_per_s,decision\n0.25,a,93.1,\n0.25,b,31.0,\n0.4,,,shortcut\n0.5,a,90,\n");
        assertEquals(List.of("a", "b"), List.copyOf(line.rates().keySet()));
        assertEquals(
                List.of(new TimeLineFile.Rate(0.25, 93.1), new TimeLineFile.Rate(0.5, 90)),
                line.rates().get("a"));
        assertEquals(List.of(new TimeLineFile.Decision(0.4, "shortcut")), line.decisions());
    }

    @Test
    void whatIsNoTimeLineIsNamed() {
        for (String wrong :
                List.of("", "x\n", TimeLineFile.HEADER + "\n1,a\n", TimeLineFile.HEADER + "\n1,a,many,\n")) {
            ResultException e = assertThrows(ResultException.class, () -> read(wrong), wrong);
            assertTrue(e.getMessage().contains("run.timeline.csv:"), e.getMessage());
        }
    }
}

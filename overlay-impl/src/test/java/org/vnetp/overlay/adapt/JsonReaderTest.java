package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.stats.JsonWriter;

class JsonReaderTest {
    @Test
    void readsWhatNodesWrite() {
        String text = new JsonWriter()
                .object()
                .field("a", "x\"\\\n\u2028")
                .field("b", -1.5e-3)
                .field("c", Double.NaN)
                .array("d")
                .value(1)
                .value(true)
                .object()
                .end()
                .end()
                .end()
                .toString();
        Map<String, Object> read = JsonReader.object(text);
        assertEquals("x\"\\\n\u2028", read.get("a"));
        assertEquals(-1.5e-3, read.get("b"));
        assertTrue(read.containsKey("c") && read.get("c") == null);
        assertEquals(List.of(1.0, true, Map.of()), read.get("d"));
    }

    @Test
    void refusesWhatIsNoJson() {
        for (String text :
                List.of("", "1", "{", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":01x}", "{} x", "{\"a\":\"\\u12\"}")) {
            assertThrows(IllegalArgumentException.class, () -> JsonReader.object(text), text);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> JsonReader.object("{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}"));
    }
}

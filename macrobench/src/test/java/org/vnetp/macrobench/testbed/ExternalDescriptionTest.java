package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class ExternalDescriptionTest {
    @SuppressWarnings("unused") // by name
    private static final java.util.List<String> peers = FabricSpec.PEERS;

    private static final String HEAD = """
            title = T
            encryption = off
            program = p q
            package = p
            interface = tap0
            mtu = -50
            """;

    @ParameterizedTest
    @FieldSource("peers")
    void everyPeersDescriptionIsInOrder(String peer) {
        ExternalDescription d = ExternalDescription.load(peer);
        assertFalse(d.commands("daemon", true).isEmpty());
        assertFalse(d.commands("daemon", false).isEmpty());
        assertTrue(d.mtu(1500) > 1000 && d.mtu(1500) < 1500);
    }

    @Test
    void commandsAreForAllHostsOrTheFirstOrTheOthers() {
        ExternalDescription d = ExternalDescription.parse(
                "x", HEAD + "# comment\n[daemon]\nall\n[daemon first]\none\n[daemon others]\ntwo\n");
        assertEquals(
                "[all, one]",
                d.commands("daemon", true).stream().map(c -> c.text()).toList().toString());
        assertEquals(
                "[all, two]",
                d.commands("daemon", false).stream().map(c -> c.text()).toList().toString());
        assertEquals(1450, d.mtu(1500));
        assertEquals(java.util.List.of("p", "q"), d.programs());
    }

    @Test
    void aFilesTextIsTakenAsItIs() {
        ExternalDescription d =
                ExternalDescription.parse("x", HEAD + "[file a.conf]\n# kept\n\n  {peer.address}\n[daemon]\np\n");
        assertEquals(
                "[# kept, ,   {peer.address}]", d.files().getFirst().lines().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    colour = red              | line 7: unknown key 'colour'; legal are encryption
                    title = again             | line 7: 'title' is given twice
                    seconds =                 | line 7: 'seconds' has no value
                    seconds = soon ~ [daemon] ~ x | seconds must be a whole number
                    [dæmon]                   | line 7: unknown section
                    [daemon second]           | line 7: expected [daemon], first or others
                    [once first]              | line 7: expected [once]
                    [file]                    | line 7: expected [file PATH]
                    [daemon] ~ run {adress}   | line 8: unknown placeholder {adress}
                    [daemon] ~ {first.mtu}    | line 8: unknown placeholder {first.mtu}
                    [file {x}]                | line 7: unknown placeholder {x}
                    [prepare]                 | section [daemon] is missing
                    """)
    void whatIsWrongIsNamedWithItsLine(String lines, String message) {
        String text = HEAD + lines.replace(" ~ ", "\n") + "\n";
        var e = assertThrows(IllegalArgumentException.class, () -> ExternalDescription.parse("x", text));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void aMissingKeyIsNamed() {
        var e = assertThrows(
                IllegalArgumentException.class,
                () -> ExternalDescription.parse("x", HEAD.replace("mtu = -50\n", "") + "[daemon]\np\n"));
        assertEquals("x: 'mtu = ...' is missing", e.getMessage());
    }
}

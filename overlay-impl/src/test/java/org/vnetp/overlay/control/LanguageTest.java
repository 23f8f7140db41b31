package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LanguageTest {
    private final ControlSession session = new ControlSession(new NodeController(new FakeActuator()));

    /// What arguments take: of these each finds one, so that a new form needs no line here.
    private static final List<String> VALUES = List.of(
            "1",
            "1400",
            "5ms",
            "60s",
            "x",
            "node",
            "02:00:00:00:00:01",
            "127.0.0.1:9100",
            "192.168.7.1",
            "/etc/vnetp/x",
            "tcp",
            "any any edge x any");

    /// All values that an argument takes, of those above and of those that it names.
    private static List<String> values(Argument<?> argument) {
        List<String> values = Stream.concat(Stream.of(argument.placeholder().split("\\|")), VALUES.stream())
                .filter(value -> takes(argument, value))
                .toList();
        assertFalse(values.isEmpty(), argument.placeholder() + ": a value is missing in this test");
        return values;
    }

    private static boolean takes(Argument<?> argument, String text) {
        Words words = new Words(text);
        try {
            argument.reader().read(words);
            return !words.more();
        } catch (StatementException e) {
            return false;
        }
    }

    private static List<String> ways(Option<?> option) {
        return option.value() == null
                ? List.of(option.word())
                : values(option.value()).stream()
                        .map(value -> option.word() + " " + value)
                        .toList();
    }

    private static String line(Syntax syntax, Form form) {
        return Stream.concat(
                        Stream.of(syntax.word()),
                        form.places().stream()
                                .map(place -> place instanceof Argument<?> argument
                                        ? values(argument).getFirst()
                                        : (String) place))
                .collect(Collectors.joining(" "));
    }

    private static boolean isStatement(String line) {
        try {
            StatementParser parser = new StatementParser();
            parser.parse("links:"); // or 'DEL INDEX' would not know what it deletes
            return parser.parse(line).isPresent();
        } catch (StatementException e) {
            return false;
        }
    }

    /// Whether a line is a statement with an option, perhaps together with others that it needs.
    private static boolean isRead(String line, Option<?> option, List<Option<?>> others, int most) {
        for (String way : ways(option)) {
            if (isStatement(line + " " + way)) {
                return true;
            }
            for (Option<?> other : most == 0 ? List.<Option<?>>of() : others) {
                if (!other.equals(option)) {
                    List<Option<?>> rest =
                            others.stream().filter(each -> !each.equals(other)).toList();
                    if (ways(other).stream().anyMatch(with -> isRead(line + " " + with, option, rest, most - 1))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    @Test
    void helpTellsEveryStatementAndAllThatIsToldIsRead() throws StatementException {
        String overview = session.line("help");
        for (Syntax syntax : Language.all()) {
            assertTrue(("\n" + overview).contains("\n" + syntax.word() + " "), syntax.word());
            String help = session.line("help " + syntax.word());
            for (Form form : syntax.forms()) {
                String line = line(syntax, form);
                assertTrue(help.replaceAll("\\s+", " ").contains(syntax.word() + " " + form.synopsis()), line);
                assertTrue(
                        isStatement(line) || form.options().stream().anyMatch(o -> isRead(line, o, form.options(), 1)),
                        line);
                for (Option<?> option : form.options()) {
                    assertTrue(isRead(line, option, form.options(), 2), line + " with " + option.word());
                }
            }
        }
    }

    @Test
    void whatHelpDoesNotTellIsRefused() {
        for (Syntax syntax : Language.all()) {
            for (Form form : syntax.forms()) {
                boolean endless = !form.places().isEmpty()
                        && form.places().getLast() instanceof Argument<?> argument
                        && takes(argument, values(argument).getFirst() + " frobnicate");
                String line = line(syntax, form) + " frobnicate";
                assertEquals(endless, isStatement(line), line);
            }
        }
    }

    @Test
    void everythingIsExplained() {
        for (Syntax each : Language.all()) {
            assertFalse(each.summary().isBlank(), each.word());
            for (Form form : each.forms()) {
                for (Option<?> option : form.options()) {
                    assertFalse(option.help().isBlank(), each.word() + " " + option.word());
                }
            }
            each.help().lines().forEach(line -> assertTrue(line.length() <= 120, line));
        }
    }

    @Test
    void helpOfAStatementThatThereIsNotNamesThoseThereAre() {
        StatementException refusal = assertThrows(StatementException.class, () -> session.line("help frobnicate"));
        assertTrue(refusal.getMessage().contains("'frobnicate': expected node, listen, nic"), refusal.getMessage());
    }

    @Test
    void helpChangesNothingBetweenBeginAndCommit() throws StatementException {
        session.line("begin");
        assertTrue(session.line("help route").startsWith("route add ROUTE"));
        session.line("commit");
    }

    @Test
    void aLinkLocalAddressIsRefusedForWantOfAScope() {
        for (String line : List.of(
                "listen [fe80::1]:4789",
                "listen [fe80::1%eth0]:4789",
                "link add b [fe80::2]:4789",
                "ADD fe80::2 4789")) {
            StatementException refusal = assertThrows(StatementException.class, () -> session.line(line));
            assertTrue(refusal.getMessage().contains("scope"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("fe80::"), refusal.getMessage());
        }
    }
}

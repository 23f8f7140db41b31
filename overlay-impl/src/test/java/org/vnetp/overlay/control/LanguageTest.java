package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LanguageTest {
    private final ControlSession session = new ControlSession(new NodeController(new FakeActuator()));

    /// A line for every form, so that help cannot tell of one that is not read.
    private static final List<String> EVERY_FORM = List.of(
            "node a",
            "listen 10.1.0.1:4789 network 7",
            "nic vnet0 tap mac 02:00:00:00:00:01 mtu 1400 netns g persist queues 1 ring 64 fastpath",
            "nic tap0 attach fastpath mac 02:00:00:00:00:08 mtu 1400",
            "nic vnet1 memory",
            "nic vm1 vhost-user /run/vm1.sock mac 02:00:00:00:00:09",
            "nic del vnet1",
            "nic down vm1",
            "nic up vm1",
            "link add b 10.1.0.2:4789 encap vnet mtu 1500",
            "link all /etc/vnetp/peers key /etc/vnetp/a.key cipher aes-256-gcm rekey 60s",
            "link del b",
            "route add any any edge b any",
            "route replace any any edge b any",
            "route del 1",
            "route move 02:00:00:00:00:01 02:00:00:00:00:02 edge b any",
            "route retire 1",
            "learn on age 60s relay",
            "learn off",
            "guard vnet0 allow-mac 02:00:00:00:00:01 allow-ip 192.168.7.1 broadcast 100",
            "guard off vnet0",
            "dispatch mode vmm alpha-l 1 alpha-u 2 omega 5ms yield timed t-sleep 1ms t-noyield 3 dispatchers 1 batch 8"
                    + " policy batch nice 5 slice 500us cpus 0,2-3",
            "mtu vnet0 1400",
            "mtu vnet0 auto",
            "fastpath on",
            "fastpath off",
            "metrics listen 127.0.0.1:9100",
            "metrics off",
            "measure on",
            "measure off",
            "measure link b capacity",
            "measure link b free",
            "measure log /var/log/vnetp.jsonl size 10",
            "measure nolog",
            "adapt on",
            "adapt off",
            "adapt lease X1 10s",
            "adapt release X1",
            "adapt claim X1 pair 02:00:00:00:00:01 02:00:00:00:00:02",
            "adapt claim X1 link X2",
            "adapt forget X1 pair 02:00:00:00:00:01 02:00:00:00:00:02",
            "adapt forget X1 link X2",
            "adapt note X1 X2",
            "begin",
            "commit",
            "abort",
            "show stats --json",
            "help",
            "help nic",
            "ADD 10.1.0.9 4789 udp",
            "DEL 1");

    @Test
    void helpTellsEveryStatementAndAllThatIsReadIsTold() throws StatementException {
        String overview = session.line("help");
        StatementParser parser = new StatementParser();
        for (String line : EVERY_FORM) {
            String word = line.split(" ")[0];
            assertTrue(overview.contains("\n" + word + " ") || overview.startsWith(word + " "), word);
            assertTrue(parser.parse(line).isPresent(), line);
            String help = session.line("help " + word);
            String[] said = line.split(" ");
            for (int i = 1; i < said.length; i++) {
                boolean value = !said[i].matches("[a-z-]+") || said[i].matches("a|b|g|any|timed|edge|nic");
                assertTrue(value || help.contains(said[i]), "'" + said[i] + "' of '" + line + "' in\n" + help);
            }
        }
        long forms = Language.all().stream().mapToInt(s -> s.forms().size()).sum();
        assertEquals(forms, EVERY_FORM.size(), "a form is missing in this test");
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

package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.macrobench.testbed.OrdinaryUser.Said;

/// The testbed of users who are not root. Runs as one, started by root.
@Tag("netns")
@Timeout(120)
class RootlessTest {
    private static final String LAB = " org.vnetp.macrobench.testbed.LabMain ";
    private static final String UP_AND_DOWN = """
            $java %1$s up --fabric vnetp=vnetp:warm-up=0,vxlan --name %2$s || exit 1
            $java %1$s exec a-vnetp ping -n -q -c 1 -w 5 b-vnetp \\
                && $java %1$s exec --fabric vxlan b hostname \\
                && $java org.vnetp.overlay.control.CtlMain %2$s/vnetp/a show links
            code=$?
            $java %1$s down %2$s || exit 2
            ls -A /tmp
            exit $code
            """;

    private static OrdinaryUser user;

    @BeforeAll
    static void copy() throws Exception {
        Requirements.namespaces();
        Requirements.program("setpriv");
        user = new OrdinaryUser(false);
        Said trial = user.run(65_534, "unshare -Urnm true");
        Requirements.require(trial.exitCode() == 0 ? "" : "user namespaces are not allowed: " + trial.text());
    }

    @AfterAll
    static void remove() throws IOException {
        if (user != null) {
            user.close();
        }
    }

    /// The queue of a TAP is set and `bridge` is found, though the user may not use the ioctl and has no /sbin.
    @Test
    void twoUsersHaveALabOfTheSameNameAtTheSameTimeAndLeaveNothing() throws Exception {
        String script = String.format(java.util.Locale.ROOT, UP_AND_DOWN, LAB, "same");
        Process first = user.script(65_534, script).start();
        Process second = user.script(65_533, script).start();
        for (Process process : new Process[] {first, second}) {
            Said said = OrdinaryUser.ended(process);
            assertEquals(0, said.exitCode(), said.text());
            assertTrue(said.text().contains("\nb-vxlan\n"), said.text());
            assertTrue(said.text().contains("  vnet  "), "a node's links, asked from outside: " + said.text());
            assertTrue(said.text().contains("removed same"), said.text());
            String left = said.text().substring(said.text().indexOf("removed same"));
            assertFalse(left.contains("vnetp"), left);
        }
        assertFalse(Files.exists(Path.of("/run/netns/vnetp-same-a")), "root sees nothing of it");
    }

    /// Both find no world and neither may end the other's.
    @Test
    void twoRunsOfOneUserShareTheirWorld() throws Exception {
        Said said = user.run(65_534, String.format(java.util.Locale.ROOT, """
                $java %1$s up --fabric native --name one & one=$!
                $java %1$s up --fabric native --name two & two=$!
                wait $one && wait $two || exit 1
                $java %1$s exec --name one a hostname && $java %1$s exec --name two b hostname && $java %1$s list
                code=$?
                $java %1$s down --all && [ ! -e /tmp/vnetp-65534 ] || exit 2
                exit $code
                """, LAB));
        assertEquals(0, said.exitCode(), said.text());
        assertTrue(said.text().contains("\na\nb\none\n"), said.text());
    }
}

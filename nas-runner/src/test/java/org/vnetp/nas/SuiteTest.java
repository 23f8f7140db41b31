package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuiteTest {
    private static List<String> names(Suite suite) {
        return suite.rows().stream().map(row -> row.cell().toString()).toList();
    }

    @Test
    void aPatternIsTheProductOfItsLists() {
        Suite suite = Suite.parse(List.of("# both", "", "cg,mg.W,A.4,8  # comment"), "f");
        assertEquals(
                List.of("cg.W.4", "cg.W.8", "cg.A.4", "cg.A.8", "mg.W.4", "mg.W.8", "mg.A.4", "mg.A.8"), names(suite));
    }

    @Test
    void aStarIsAllEightKernels() {
        assertEquals(8, Suite.parse(List.of("*.S.4"), "f").rows().size());
    }

    @Test
    void fabricsAndLinksBelongToTheirLine() {
        Suite suite = Suite.parse(List.of("cg.A.4 links=1gbit fabrics=native,vxlan", "mg.A.4"), "f");
        assertEquals(List.of("1gbit"), suite.rows().get(0).links());
        assertEquals(List.of("native", "vxlan"), suite.rows().get(0).fabrics());
        assertEquals(List.of(), suite.rows().get(1).links());
    }

    @Test
    void aFabricOfALineKeepsItsSettings() {
        Suite suite = Suite.parse(List.of("cg.A.4 fabrics=low=vnetp:mode=guest,batch=16,vxlan"), "f");
        assertEquals(
                List.of("low=vnetp:mode=guest,batch=16", "vxlan"),
                suite.rows().getFirst().fabrics());
    }

    @Test
    void aCellNamedTwiceIsThereOnce() {
        assertEquals(1, Suite.parse(List.of("cg.A.4", "cg.A.4"), "f").rows().size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cg.A                    | f:2: 'cg.A': expected KERNELS.CLASSES.RANKS
            ua.A.4                  | f:2: kernel 'ua': expected one of ep, is
            cg.X.4                  | f:2: cg: class 'X': expected one of S
            cg.AB.4                 | f:2: 'cg.AB.4': expected KERNEL.CLASS.RANKS
            cg.A.six                | f:2: 'cg.A.six': expected
            cg.A.4,                 | f:2: ranks '4,'
            bt.W.8                  | f:2: bt.W.8: bt needs a square of ranks, such as 4, 9, 16
            cg.W.6                  | f:2: cg.W.6: cg needs a power of two of ranks, such as 2, 4, 8
            lu.W.7                  | f:2: lu.W.7
            cg.W.1                  | f:2: cg.W.1: one rank sends nothing
            cg.W.0                  | f:2: cg.W.0
            is.F.16                 | f:2: is.F: IS has no class F
            cg.W.4 lnks=1gbit       | f:2: unknown setting 'lnks=1gbit'; expected fabrics=... or links=...
            cg.W.4 links            | f:2: 'links': expected links=VALUE
            cg.W.4 links=1gbit links=10gbit | f:2: 'links' twice
            """)
    void refusesABadLineWithItsNumberAndWhatWasExpected(String line, String message) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Suite.parse(List.of("cg.A.4", line), "f"));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    @Test
    void thePublishedSuiteHasItsNineteenRows() {
        List<String> names = names(Suite.vnetp2012());
        assertEquals(19, names.size());
        assertTrue(names.containsAll(List.of("ep.C.16", "sp.B.9", "bt.B.16", "ft.B.16", "lu.B.8")));
    }

    @Test
    void aLargestClassReducesTheRest() {
        List<String> names = names(Suite.vnetp2012().atMost('A'));
        assertTrue(names.stream().allMatch(n -> n.contains(".A.")), names.toString());
        assertEquals(15, names.size()); // ep and is of B and C fall together
    }
}

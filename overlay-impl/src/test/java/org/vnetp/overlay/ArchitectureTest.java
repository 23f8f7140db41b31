package org.vnetp.overlay;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.control.NicKind;

/// The rooms, and which may know which.
class ArchitectureTest {
    private static final String ROOT = "org.vnetp.overlay";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    private static void mayNotKnow(String room, String... others) {
        String[] packages = new String[others.length];
        for (int i = 0; i < others.length; i++) {
            packages[i] = ROOT + "." + others[i] + "..";
        }
        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .check(CLASSES);
    }

    @Test
    void nothingPointsBack() {
        mayNotKnow("frame", "encap", "nic", "link", "route", "dispatch", "control", "posix");
        mayNotKnow("stats", "encap", "nic", "link", "route", "dispatch", "control", "posix");
        mayNotKnow("posix", "encap", "nic", "link", "route", "dispatch", "control", "stats", "frame");
        mayNotKnow("encap", "nic", "link", "route", "dispatch", "control", "posix");
        mayNotKnow("nic", "encap", "link", "route", "dispatch", "control");
        mayNotKnow("vhost", "encap", "nic", "link", "route", "dispatch", "control", "stats");
        mayNotKnow("link", "nic", "route", "dispatch", "control", "seal");
        mayNotKnow("seal", "nic", "route", "dispatch", "control", "fastpath");
        mayNotKnow("dispatch", "seal");
        mayNotKnow("encap", "seal");
        mayNotKnow("encap", "measure");
        mayNotKnow("measure", "nic", "link", "route", "dispatch", "control", "posix", "seal", "fastpath");
        mayNotKnow("route", "encap", "nic", "link", "dispatch", "control", "posix");
        mayNotKnow("dispatch", "control");
        mayNotKnow("control", "encap", "link", "posix");
    }

    /// Statements speak of NICs by their kinds; only who lists those without a device knows how
    /// they are made.
    @Test
    void controlKnowsNicsByTheirKindsOnly() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".control..")
                .and()
                .doNotHaveFullyQualifiedName(NicKind.InProcess.class.getName())
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".nic..")
                .check(CLASSES);
    }

    @Test
    void onlyPosixCallsNativeFunctions() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".posix..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.SymbolLookup")
                .check(CLASSES);
    }

    @Test
    void hotRoomsUseNeitherStreamsNorLoggers() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".frame..", ROOT + ".encap..", ROOT + ".link..", ROOT + ".nic..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.stream..", "java.util.logging..", "java.lang.System$Logger")
                .check(CLASSES);
    }

    /// The JIT compiles access to memory segments for the one kind that it has seen, those outside of the
    /// heap. The first of an array makes it take all of that back: a stream then runs at half its rate for
    /// a second.
    @Test
    void nobodyMakesMemorySegmentsOfArrays() {
        noClasses()
                .should()
                .callMethodWhere(target(owner(type(MemorySegment.class))).and(target(nameMatching("ofArray|ofBuffer"))))
                .check(CLASSES);
    }

    @Test
    void onlyTheNodeCreatesThreads() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        ROOT + ".dispatch..",
                        ROOT + ".encap..",
                        ROOT + ".link..",
                        ROOT + ".measure..",
                        ROOT + ".nic..",
                        ROOT + ".vhost..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .check(CLASSES);
    }
}

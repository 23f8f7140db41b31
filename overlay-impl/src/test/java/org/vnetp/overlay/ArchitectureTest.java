package org.vnetp.overlay;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

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
        mayNotKnow("link", "nic", "route", "dispatch", "control");
        mayNotKnow("route", "encap", "nic", "link", "dispatch", "control", "posix");
        mayNotKnow("dispatch", "control");
        mayNotKnow("control", "encap", "nic", "link", "posix");
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

    @Test
    void onlyTheNodeCreatesThreads() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".dispatch..", ROOT + ".encap..", ROOT + ".link..", ROOT + ".nic..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .check(CLASSES);
    }
}

package org.vnetp.reports;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.vnetp.reports");

    @Test
    void roomsPointOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("entry")
                .definedBy("org.vnetp.reports")
                .layer("page")
                .definedBy("org.vnetp.reports.page")
                .layer("gate")
                .definedBy("org.vnetp.reports.gate")
                .layer("tune")
                .definedBy("org.vnetp.reports.tune")
                .layer("chart")
                .definedBy("org.vnetp.reports.chart")
                .layer("table")
                .definedBy("org.vnetp.reports.table")
                .layer("history")
                .definedBy("org.vnetp.reports.history")
                .layer("steps")
                .definedBy("org.vnetp.reports.steps")
                .layer("stats")
                .definedBy("org.vnetp.reports.stats")
                .layer("result")
                .definedBy("org.vnetp.reports.result")
                .whereLayer("entry")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("page")
                .mayOnlyBeAccessedByLayers("entry")
                .whereLayer("gate")
                .mayOnlyBeAccessedByLayers("entry")
                .whereLayer("tune")
                .mayOnlyBeAccessedByLayers("entry", "chart")
                .whereLayer("chart")
                .mayOnlyBeAccessedByLayers("entry", "page")
                .whereLayer("history")
                .mayOnlyBeAccessedByLayers("entry", "gate")
                .whereLayer("steps")
                .mayOnlyBeAccessedByLayers("history")
                .whereLayer("table")
                .mayOnlyBeAccessedByLayers("entry", "page", "chart", "history", "gate", "tune")
                .whereLayer("stats")
                .mayOnlyBeAccessedByLayers("entry", "chart", "table", "history", "gate", "tune")
                .check(classes);
    }

    @Test
    void onlyTheFingerprintStartsPrograms() {
        ArchRuleDefinition.noClasses()
                .that()
                .doNotHaveSimpleName("Environment")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ProcessBuilder.class)
                .check(classes);
    }
}

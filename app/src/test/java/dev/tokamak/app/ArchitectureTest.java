package dev.tokamak.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The shape of the house: which module may know which, and how things are named.
class ArchitectureTest {

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.tokamak");

    private static final List<String> HOT =
            List.of("dev.tokamak.kernels..", "dev.tokamak.engine.execute..");

    @Test
    void modules_dependOneWay() {
        List<String> order = List.of("kernels", "models", "engine", "server", "app");
        for (int lower = 0; lower < order.size(); lower++) {
            for (int higher = lower + 1; higher < order.size(); higher++) {
                noClasses()
                        .that()
                        .resideInAPackage("dev.tokamak." + order.get(lower) + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("dev.tokamak." + order.get(higher) + "..")
                        .check(PRODUCT);
            }
        }
    }

    @Test
    void packages_haveNoCycles() {
        for (String module : List.of("kernels", "models", "engine", "server", "app")) {
            slices().matching("dev.tokamak." + module + ".(**)")
                    .should()
                    .beFreeOfCycles()
                    .check(PRODUCT);
        }
    }

    @Test
    void vectorApi_isUsedByKernelsOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.tokamak.kernels..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(PRODUCT);
    }

    @Test
    void nativeCalls_areMadeByKernelMemoryAndCodeOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.tokamak.kernels.memory..", "dev.tokamak.kernels.code..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .check(PRODUCT);
    }

    @Test
    void hotCode_usesNoStreamsOrLogging() {
        for (String hot : HOT) {
            noClasses()
                    .that()
                    .resideInAPackage(hot)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.util.regex..", "org.slf4j..")
                    .check(PRODUCT);
        }
    }

    /// The exceptions are machine code, whose pages live until the last running call has left them, and tables of rotary
    /// angles, which live as long as the model that refers to them.
    @Test
    void arenas_areOwnedByAClosedScope() {
        noClasses().should().callMethod(java.lang.foreign.Arena.class, "global").check(PRODUCT);
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.tokamak.kernels.code..", "dev.tokamak.kernels.rope..")
                .should()
                .callMethod(java.lang.foreign.Arena.class, "ofAuto")
                .check(PRODUCT);
    }

    @Test
    void types_areNamedByWhatTheyAre() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Processor")
                .orShould()
                .haveSimpleNameEndingWith("Data")
                .orShould()
                .haveSimpleNameEndingWith("Info")
                .orShould()
                .haveSimpleNameEndingWith("Wrapper")
                .check(PRODUCT);
    }

    @Test
    void packages_areNamedByWhatTheyHold() {
        noClasses()
                .should()
                .resideInAnyPackage(
                        "..util..",
                        "..common..",
                        "..impl..",
                        "..helper..",
                        "..base..",
                        "..dto..",
                        "..core..",
                        "..misc..")
                .check(PRODUCT);
    }

    @Test
    void methods_haveNoBeanPrefixes() {
        methods()
                .that()
                .areDeclaredInClassesThat()
                .resideInAPackage("dev.tokamak..")
                .and()
                .arePublic()
                .should()
                .haveNameNotMatching("(get|set)[A-Z].*")
                .check(withoutOverrides());
    }

    @Test
    void publicClasses_areFinalOrClosed() {
        classes()
                .that()
                .arePublic()
                .and()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .and()
                .areTopLevelClasses()
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(PRODUCT);
    }

    @Test
    void architecturePage_namesEveryPackage() throws IOException {
        String page =
                Files.readString(
                        Path.of(System.getProperty("tokamak.root"), "docs", "architecture.md"));
        Set<String> packages =
                PRODUCT.stream()
                        .map(JavaClass::getPackageName)
                        .collect(Collectors.toCollection(TreeSet::new));
        packages.removeIf(name -> name.startsWith("dev.tokamak.benchmarks"));
        assertThat(packages)
                .isNotEmpty()
                .allSatisfy(
                        name ->
                                assertThat(page)
                                        .contains(
                                                "`"
                                                        + name.substring("dev.tokamak.".length())
                                                        + "`"));
        assertThat(page.lines().count()).isLessThanOrEqualTo(150);
    }

    /// `@Override` is gone from class files, so methods that override a library's are left out by their interface.
    private static JavaClasses withoutOverrides() {
        return PRODUCT.that(
                com.tngtech.archunit.base.DescribedPredicate.describe(
                        "not implementing a library's interface",
                        type ->
                                type.getAllRawInterfaces().stream()
                                        .allMatch(
                                                i ->
                                                        i.getPackageName().startsWith("dev.tokamak")
                                                                || i.getPackageName()
                                                                        .startsWith("java.lang"))));
    }
}

package io.holdfast.conventions;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows between the packages, and what each package keeps to itself. */
class ArchitectureTest {
  private static final String ROOT = "io.holdfast";

  /** Each package, and what it may import of ours besides itself. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry(
              "edge",
              Set.of(
                  "route",
                  "resource",
                  "operation",
                  "upstream",
                  "caching",
                  "http",
                  "resilience",
                  "config",
                  "telemetry")),
          Map.entry("route", Set.of("http", "config")),
          Map.entry(
              "resource",
              Set.of(
                  "ownership", "database", "upstream", "caching", "http", "config", "telemetry")),
          Map.entry(
              "operation",
              Set.of(
                  "route",
                  "resource",
                  "ownership",
                  "database",
                  "upstream",
                  "http",
                  "resilience",
                  "config",
                  "telemetry")),
          Map.entry("ownership", Set.of("database", "config", "telemetry")),
          Map.entry("upstream", Set.of("http", "resilience", "config", "telemetry")),
          Map.entry("caching", Set.of("http")),
          Map.entry("http", Set.of()),
          Map.entry("resilience", Set.of()),
          Map.entry("cluster", Set.of("ownership", "database", "config", "telemetry")),
          Map.entry("database", Set.of("config", "telemetry")),
          Map.entry(
              "admin",
              Set.of(
                  "route",
                  "resource",
                  "operation",
                  "ownership",
                  "upstream",
                  "caching",
                  "http",
                  "resilience",
                  "cluster",
                  "database",
                  "config",
                  "telemetry")),
          Map.entry("config", Set.of()),
          Map.entry("telemetry", Set.of()),
          Map.entry("tools", Set.of("config", "database", "http")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  static Stream<Arguments> arrows() {
    return ARROWS.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  @ParameterizedTest(name = "{0} imports only {1}")
  @MethodSource("arrows")
  void everyPackageImportsOnlyWhatItMay(String name, Set<String> allowed) {
    var mayDependOn = new ArrayList<>(allowed.stream().map(ArchitectureTest::within).toList());
    mayDependOn.add(within(name));
    DescribedPredicate<JavaClass> others =
        resideInAPackage(ROOT + "..")
            .and(DescribedPredicate.not(resideInAnyPackage(mayDependOn.toArray(String[]::new))));
    check(noClasses().that().resideInAPackage(within(name)).should().dependOnClassesThat(others));
  }

  @Test
  void everyPackageHasItsArrows() {
    assertThat(ARROWS.keySet()).containsAll(packages());
  }

  @Test
  void thereIsNoCycleBetweenPackages() {
    check(slices().matching(ROOT + ".(*)..").should().beFreeOfCycles());
  }

  @Test
  void everyPackageHasItsDesignNote() {
    assertThat(packages())
        .allSatisfy(
            name -> assertThat(CLASSES.contain(ROOT + "." + name + ".package-info")).isTrue());
    assertThat(CLASSES.contain(ROOT + ".package-info")).isTrue();
  }

  /**
   * A failure of the database may pass through others' hands; nothing else of JDBC may. The
   * programs beside the server look after a database process of their own.
   */
  @Test
  void sqlIsSpokenOnlyInDatabase() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(within("database"), within("tools"))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("java.sql..", "javax.sql..", "com.zaxxer..", "org.postgresql..")
                    .and(DescribedPredicate.not(assignableTo(java.sql.SQLException.class)))));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(within("database"), within("tools"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.h2..", "org.flywaydb.."));
  }

  @Test
  void theHttpModelIsUsedOnlyAtTheOpenings() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(within("edge"), within("admin"), within("upstream"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.pekko.http.."));
  }

  @Test
  void socketsAreHeldOnlyAtTheEdgeAndTowardsServices() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(within("edge"), within("upstream"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty.."));
  }

  @Test
  void theTracingLibraryIsKnownOnlyToTelemetry() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(within("telemetry"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.opentelemetry.."));
  }

  @Test
  void httpAndResilienceNeedOnlyTheJdk() {
    check(
        classes()
            .that()
            .resideInAnyPackage(within("http"), within("resilience"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(within("http"), within("resilience"), "java.."));
  }

  @Test
  void whatIsPureKnowsNoActors() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(within("caching"), within("route"))
            .or()
            .haveNameMatching(".*(State|Event|Decision)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.pekko.."));
  }

  @Test
  void nobodySleepsAndNobodyUsesTheOldDates() {
    check(noClasses().should().callMethodWhere(isCallTo(Thread.class, "sleep")));
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(java.util.Date.class, java.util.Calendar.class));
  }

  /**
   * A machine's own clock may be wrong by an hour: what others compare is of the database's clock,
   * what a node compares for itself is of a clock that nobody can set. The exceptions compare with
   * nothing but themselves, a moment later, or only tell what the clock says.
   */
  @Test
  void nothingRestsOnAMachinesOwnClock() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(within("tools"))
            .and()
            .doNotHaveFullyQualifiedName(ROOT + ".database.DatabaseClock")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + ".ownership.Ownership")
            .and()
            .haveNameNotMatching(".*\\.(Vouched|Served)Copies(\\$.*)?")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + ".edge.DocumentReads")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + ".edge.Connection")
            .should()
            .callMethodWhere(
                isCallTo(java.time.Instant.class, "now")
                    .or(isCallTo(System.class, "currentTimeMillis"))
                    .or(isCallTo(java.time.InstantSource.class, "system"))
                    .or(isCallTo(java.time.OffsetDateTime.class, "now"))
                    .or(isCallTo(java.time.Clock.class, "systemUTC"))));
  }

  @Test
  void configurationIsReadOnlyIntoSettings() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(within("config"), within("route"), ROOT)
            .and()
            .haveSimpleNameNotEndingWith("Settings")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.holdfast.config.ConfigReader"));
  }

  @Test
  void noNameSaysNothing() {
    var empty = ".*(Manager|Helper|Helpers|Util|Utils|Impl|Info)";
    check(noClasses().that().doNotHaveSimpleName("package-info").should().haveNameMatching(empty));
  }

  private static DescribedPredicate<com.tngtech.archunit.core.domain.JavaMethodCall> isCallTo(
      Class<?> owner, String name) {
    return DescribedPredicate.describe(
        owner.getSimpleName() + "." + name,
        call -> call.getTargetOwner().isEquivalentTo(owner) && call.getName().equals(name));
  }

  private static Set<String> packages() {
    return CLASSES.stream()
        .map(JavaClass::getPackageName)
        .filter(name -> name.startsWith(ROOT + "."))
        .map(name -> name.substring(ROOT.length() + 1).split("\\.")[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String within(String name) {
    return ROOT + "." + name + "..";
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}

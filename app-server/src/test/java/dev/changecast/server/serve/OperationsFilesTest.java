package dev.changecast.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.ConfigurationReader;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What operators copy says what the server does. Neither Docker nor Kubernetes is asked here. */
class OperationsFilesTest {
    private static final Path OPERATIONS = Path.of("../operations");
    private static final Map<String, String> SECRETS = Map.of(
            "PGPASSWORD", "secret",
            "JWT_SECRET", "0123456789012345678901234567890123456789",
            "API_KEY", "k-0123456789-0123456789",
            "SLOT", "changecast_0");

    private static Configuration configuration(String name, String text, Map<String, String> environment) {
        Findings findings = new Findings();
        Optional<Configuration> read = new ConfigurationReader(Providers.onClassPath(), environment, findings)
                .read(name, text, Path.of("/etc/changecast"));
        assertThat(findings.errors()).isEmpty();
        assertThat(findings.warnings()).isEmpty();
        read.orElseThrow().sources().forEach(source -> source.source().close());
        return read.orElseThrow();
    }

    @Test
    void theConfigurationOfTheDistributionIsRightAsItIs() throws IOException {
        Configuration read =
                configuration("changecast.yaml", Files.readString(Path.of("src/dist/conf/changecast.yaml")), Map.of());
        assertThat(read.server().host())
                .as("reachable from elsewhere only when it is told to be")
                .isEqualTo("127.0.0.1");
    }

    /** What stands behind a # there, too, can be taken in: all of it is checked at once. */
    @Test
    void whatItsCommentsOfferIsRight() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/dist/conf/changecast.yaml"))) {
            String offered = line.replaceFirst("^( *)# (?=[a-z_]+: |  - \\{|[a-z]+:$)", "$1");
            // Certificates that are not there would be refused.
            lines.add(offered.contains("tls:") ? "" : offered);
        }
        Configuration read = configuration("changecast.yaml", String.join("\n", lines), SECRETS);
        assertThat(read.server().drain().delay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(read.log().json()).isTrue();
        assertThat(read.auth().jwt()).isNotNull();
        assertThat(read.social().rooms()).hasSize(1);
        assertThat(read.routes().get(0).hide()).containsExactly("card_number");
    }

    // ---- Kubernetes

    private static List<Map<?, ?>> documents() throws IOException {
        List<Map<?, ?>> documents = new ArrayList<>();
        new Load(LoadSettings.builder().build())
                .loadAllFromString(Files.readString(OPERATIONS.resolve("kubernetes/changecast.yaml")))
                .forEach(document -> documents.add((Map<?, ?>) document));
        return documents;
    }

    private static Object at(Object from, Object... path) {
        Object here = from;
        for (Object step : path) {
            here = step instanceof Integer index ? ((List<?>) here).get(index) : ((Map<?, ?>) here).get(step);
            assertThat(here).as("what is at %s of %s", step, List.of(path)).isNotNull();
        }
        return here;
    }

    private static Map<?, ?> document(String kind) throws IOException {
        return documents().stream()
                .filter(document -> kind.equals(document.get("kind")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theConfigurationForKubernetesIsRight() throws IOException {
        String text = (String) at(document("ConfigMap"), "data", "changecast.yaml");
        Configuration read = configuration("changecast.yaml", text, SECRETS);
        Object pod = at(document("StatefulSet"), "spec", "template", "spec");
        Duration drain =
                read.server().drain().delay().plus(read.server().drain().over());
        assertThat(Duration.ofSeconds((Integer) at(pod, "terminationGracePeriodSeconds")))
                .as("time to drain")
                .isGreaterThanOrEqualTo(drain.plusSeconds(15));
        Object container = at(pod, "containers", 0);
        assertThat(at(container, "ports", 0, "containerPort"))
                .isEqualTo(read.server().port());
        assertThat(at(container, "volumeMounts", 0, "mountPath"))
                .hasToString(String.valueOf(read.history().directory()));
        assertThat(at(container, "readinessProbe", "httpGet", "path")).isEqualTo("/readyz");
        assertThat(at(container, "livenessProbe", "httpGet", "path")).isEqualTo("/healthz");
        assertThat(at(pod, "securityContext", "runAsNonRoot")).isEqualTo(true);
    }

    @Test
    void itsPartsBelongTogether() throws IOException {
        Object pod = at(document("StatefulSet"), "spec", "template");
        Object labels = at(pod, "metadata", "labels");
        assertThat(at(document("StatefulSet"), "spec", "selector", "matchLabels"))
                .isEqualTo(labels);
        assertThat(documents().stream().filter(document -> "Service".equals(document.get("kind"))))
                .hasSize(2)
                .allSatisfy(
                        service -> assertThat(at(service, "spec", "selector")).isEqualTo(labels))
                .anySatisfy(service -> assertThat(at(service, "metadata", "name"))
                        .isEqualTo(at(document("StatefulSet"), "spec", "serviceName")));
        assertThat(at(pod, "spec", "securityContext", "runAsUser")).hasToString(userOfTheImage());
    }

    // ---- Docker

    private static String userOfTheImage() throws IOException {
        return Files.readAllLines(OPERATIONS.resolve("docker/Dockerfile")).stream()
                .filter(line -> line.startsWith("USER "))
                .map(line -> line.replaceAll("USER (\\d+):\\d+", "$1"))
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    @Test
    void theImageIsBuiltInStagesAndRunsAsNobodyInParticularWithAQuestionForItsHealth() throws IOException {
        List<String> lines = Files.readAllLines(OPERATIONS.resolve("docker/Dockerfile"));
        assertThat(lines.stream().filter(line -> line.startsWith("FROM ")))
                .hasSize(2)
                .allMatch(line -> line.matches("FROM [a-z./-]+:[^ ]+( AS build)?") && !line.contains(":latest"));
        assertThat(userOfTheImage()).matches("[1-9]\\d+");
        assertThat(lines).anyMatch(line -> line.startsWith("HEALTHCHECK ")).contains("STOPSIGNAL SIGTERM");
        assertThat(lines)
                .anyMatch(line -> line.equals("ENTRYPOINT [\"/opt/changecast/bin/changecast\"]"))
                .contains("CMD [\"serve\"]");
    }

    // ---- systemd

    @Test
    void theUnitsStartWhatIsThereAndDoNotRepeatWhatCannotBecomeRight() throws IOException {
        for (String unit : List.of("changecast.service", "changecast@.service")) {
            List<String> lines =
                    Files.readAllLines(OPERATIONS.resolve("systemd").resolve(unit));
            assertThat(lines)
                    .as(unit)
                    .anyMatch(line -> line.startsWith("ExecStart=/opt/changecast/bin/changecast serve --config "))
                    .contains("SuccessExitStatus=143", "RestartPreventExitStatus=2 3 5", "NoNewPrivileges=yes");
            lines.stream()
                    .filter(line -> line.contains("/opt/changecast/operations/"))
                    .map(line -> line.replaceAll(".*/opt/changecast/operations/([^ ]+).*", "$1"))
                    .forEach(file -> assertThat(OPERATIONS.resolve(file)).isRegularFile());
        }
    }
}

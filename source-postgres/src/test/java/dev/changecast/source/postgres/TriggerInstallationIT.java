package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Preparation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What capture by triggers needs in a database: made, told, looked at and taken out again. */
class TriggerInstallationIT {
    private final TestDatabase database = TestServer.shared().database();

    static PostgresSourceBuilder source(TestDatabase database) {
        return database.source().mode(CaptureMode.TRIGGER).poll(Duration.ofMillis(10));
    }

    /** What it needs now, as an operator would do it. */
    static void install(PostgresSourceBuilder builder) {
        try (PostgresSource source = builder.build()) {
            Preparation preparation = source.preparation().orElseThrow();
            preparation.execute(preparation.install());
            assertThat(preparation.install()).isEmpty();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void installingTwiceDoesNothingTheSecondTimeAndUninstallingUndoesAll() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int)");
        List<String> before = objects();
        try (PostgresSource source = source(database).build()) {
            Preparation preparation = source.preparation().orElseThrow();
            assertThat(preparation.status()).containsExactly("nothing is installed");
            List<String> statements = preparation.install();
            assertThat(statements).hasSize(3);
            preparation.execute(statements);
            preparation.execute(statements);
            assertThat(preparation.install()).isEmpty();
            assertThat(preparation.status())
                    .contains("table public.t: captured", "table public.u: captured")
                    .anyMatch(line -> line.startsWith("last tick "));
            assertThat(source.check().problems()).isEmpty();
            database.execute("CREATE TABLE late (id int)");
            assertThat(preparation.install()).hasSize(1);
            preparation.execute(preparation.install());
            database.execute("INSERT INTO t VALUES (1)");
            preparation.execute(preparation.uninstall());
            assertThat(preparation.uninstall()).isEmpty();
            assertThat(preparation.status()).containsExactly("nothing is installed");
            database.execute("DROP TABLE late", "INSERT INTO t VALUES (2)");
            assertThat(objects()).isEqualTo(before);
        }
    }

    private List<String> objects() {
        return database.query("SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid ="
                + " c.relnamespace WHERE n.nspname IN ('public', 'changecast')"
                + " UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal"
                + " UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = 'changecast' ORDER BY 1");
    }
}

package dev.changecast.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A local Maven repository with this build's modules, laid out as {@code mvn install} does it, for a project outside to be
 * built with. What else that needs comes from the repository that this build has used, and from the network when it may.
 */
final class StagedRepository {
    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

    private final Path directory;
    private final String version;

    StagedRepository(Path directory) throws IOException {
        this.directory = directory;
        Matcher first = VERSION.matcher(Files.readString(Documentation.ROOT.resolve("pom.xml")));
        if (!first.find()) {
            throw new IOException("the parent's pom has no version");
        }
        version = first.group(1);
    }

    Path directory() {
        return directory;
    }

    void install(List<String> modules) throws IOException {
        pom("changecast-parent", Documentation.ROOT);
        for (String module : modules) {
            Path sources = Documentation.ROOT.resolve(module);
            pom(module, sources);
            String jar = module + "-" + version + ".jar";
            if (Files.readString(sources.resolve("pom.xml")).contains("<packaging>pom</packaging>")) {
                continue;
            }
            if (!Files.exists(sources.resolve("target").resolve(jar))) {
                throw new IOException("there is no " + jar + ": run this with mvn verify, which packages it");
            }
            Files.copy(sources.resolve("target").resolve(jar), place(module).resolve(jar));
        }
    }

    private void pom(String artifact, Path sources) throws IOException {
        Files.createDirectories(place(artifact));
        Files.copy(sources.resolve("pom.xml"), place(artifact).resolve(artifact + "-" + version + ".pom"));
    }

    private Path place(String artifact) {
        return directory.resolve("dev/changecast").resolve(artifact).resolve(version);
    }

    /** Settings with which Maven looks into a local repository first, as if it were a remote one. */
    static String settings(Path localRepository) {
        String repository =
                "<id>used-by-this-build</id><url>" + localRepository.toUri() + "</url><releases><checksumPolicy>ignore"
                        + "</checksumPolicy></releases><snapshots><enabled>false</enabled></snapshots>";
        return "<settings><profiles><profile><id>used</id><repositories><repository>" + repository
                + "</repository></repositories><pluginRepositories><pluginRepository>" + repository
                + "</pluginRepository></pluginRepositories></profile></profiles>"
                + "<activeProfiles><activeProfile>used</activeProfile></activeProfiles></settings>";
    }
}

package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import dev.changecast.bench.peer.Contestant.MissingException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Nchan in nginx, as Debian packages it. */
final class Nchan {
    private static final List<Path> MODULES = List.of(
            Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so"),
            Path.of("/usr/lib64/nginx/modules/ngx_nchan_module.so"));

    private static final String CONFIGURATION = """
            %suser
            daemon off;
            # One worker costs the least for each delivery: several pass messages to each other.
            worker_processes 1;
            pid nginx.pid;
            error_log stderr warn;
            load_module %module;
            events { worker_connections %connections; }
            http {
              access_log off;
              keepalive_requests 1000000000;
              client_body_temp_path body;
              proxy_temp_path proxy;
              fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi;
              scgi_temp_path scgi;
              nchan_shared_memory_size 256M;
              server {
                listen %address backlog=4096;
                location = / { return 200; }
                location = /publish {
                  nchan_publisher;
                  nchan_channel_id all;
                }
                location = /subscribe {
                  nchan_subscriber websocket;
                  nchan_channel_id all;
                  nchan_subscriber_first_message newest;
                }
              }
            }
            """;

    private Nchan() {}

    static Peer start(Path home, Path directory) throws Exception {
        Path nginx = Contestants.onPath("nginx");
        Path module = MODULES.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new MissingException("nginx has no Nchan: apt-get install libnginx-mod-nchan"));
        InetSocketAddress address = ServerProcess.freeAddress();
        Files.createDirectories(directory);
        boolean root = "root".equals(System.getProperty("user.name"));
        Files.writeString(
                directory.resolve("nginx.conf"),
                CONFIGURATION
                        .replace("%suser", root ? "user root;" : "")
                        .replace("%module", module.toString())
                        .replace("%connections", Long.toString(ServerProcess.openFiles() - 100))
                        .replace("%address", address.getHostString() + ":" + address.getPort()));
        ServerProcess process = ServerProcess.start(
                "Nchan",
                directory,
                Map.of(),
                List.of(
                        nginx.toString(),
                        "-p",
                        directory + "/",
                        "-c",
                        directory.resolve("nginx.conf").toString()));
        try {
            process.awaitAnswer(address, "/");
            return new HttpPeer(process, address, Dialect.plain("/subscribe"), "/publish");
        } catch (Exception e) {
            process.close();
            throw e;
        }
    }
}

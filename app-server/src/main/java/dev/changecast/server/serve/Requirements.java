package dev.changecast.server.serve;

import dev.changecast.core.History;
import dev.changecast.server.config.Configuration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a server needs for itself, looked at without starting one. */
public final class Requirements {
    private Requirements() {}

    /** Why the port cannot be had; empty when it can. */
    public static Optional<String> port(Configuration.Server server) {
        String address = server.host() + ":" + server.port();
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            if (server.sharesPort()) {
                probe.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            probe.bind(new InetSocketAddress(InetAddress.getByName(server.host()), server.port()));
            return Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.of("cannot listen on " + address
                    + ": there is no such host; 127.0.0.1 is for this machine only, 0.0.0.0 for every interface");
        } catch (UnsupportedOperationException e) {
            return Optional.of("this system cannot share a port between processes: take server.share_port out");
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains("in use") && server.sharesPort()) {
                return Optional.of("cannot listen on " + address + ": the port is in use, by something that does not"
                        + " share it or belongs to another user; each server on it needs server.share_port");
            }
            if (message.contains("in use")) {
                return Optional.of("cannot listen on " + address
                        + ": the port is in use; stop what uses it, or set server.port (0 takes any that is free)");
            }
            if (message.contains("assign")) {
                return Optional.of("cannot listen on " + address
                        + ": this machine has no such address; 127.0.0.1 is for this machine only, 0.0.0.0 for every"
                        + " interface");
            }
            return Optional.of(
                    "cannot listen on " + address + ": " + message + "; ports below 1024 may need a privilege");
        }
    }

    /** Why the history cannot be kept where it should be; empty when it can. Leaves nothing behind. */
    public static Optional<String> history(History history) {
        Path directory = history.directory();
        if (directory == null) {
            return Optional.empty();
        }
        Path existing = directory.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing)) {
            return Optional.of("the history directory " + directory + " cannot be made: " + existing
                    + " is not a directory; set history.directory");
        }
        if (!Files.isWritable(existing)) {
            return Optional.of("the history directory " + directory + " cannot be written: " + existing
                    + " does not allow it to user " + System.getProperty("user.name")
                    + "; set history.directory, or change the owner");
        }
        try {
            // Only who tries knows: of file systems that take nothing, and of what a supervisor has locked.
            Files.delete(Files.createTempDirectory(existing, ".changecast-check"));
        } catch (IOException e) {
            return Optional.of("the history directory " + directory + " cannot be written: nothing can be made in "
                    + existing + " (" + e + "); set history.directory");
        }
        return Optional.empty();
    }
}

package dev.changecast.examples;

import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.server.ServerContainer;
import java.net.URI;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** A web container as a service has one: Tomcat, on any port that is free. */
final class WebContainer implements AutoCloseable {
    private final Tomcat tomcat = new Tomcat();
    private final Context context;

    WebContainer(Path directory) throws LifecycleException {
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.setSilent(true);
        context = tomcat.addContext("", directory.toString());
        context.addServletContainerInitializer(
                (classes, servlets) -> {
                    new WsSci().onStartup(null, servlets);
                    // Tomcat asks its WebSocket filter only where a servlet could answer.
                    servlets.addServlet("nothing", new Nothing()).addMapping("/");
                },
                null);
        tomcat.getConnector();
        tomcat.start();
    }

    ServerContainer webSockets() {
        return (ServerContainer) context.getServletContext().getAttribute(ServerContainer.class.getName());
    }

    URI address(String path) {
        return URI.create("ws://127.0.0.1:" + tomcat.getConnector().getLocalPort() + path);
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }

    private static final class Nothing extends HttpServlet {
        private static final long serialVersionUID = 1L;
    }
}

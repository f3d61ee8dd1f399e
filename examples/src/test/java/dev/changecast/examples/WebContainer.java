package dev.changecast.examples;

import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.WebComponent;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
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

    /** @param transports to host; those over HTTP have to be known before a container starts */
    WebContainer(Path directory, Transport... transports) throws LifecycleException {
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.setSilent(true);
        context = tomcat.addContext("", directory.toString());
        context.addServletContainerInitializer(
                (classes, servlets) -> {
                    new WsSci().onStartup(null, servlets);
                    // Tomcat asks its WebSocket filter only where a servlet could answer.
                    servlets.addServlet("nothing", new Nothing()).addMapping("/");
                    for (Transport transport : transports) {
                        transport.components().forEach(part -> host(servlets, part));
                    }
                },
                null);
        tomcat.getConnector();
        tomcat.start();
    }

    private static void host(ServletContext servlets, WebComponent part) {
        if (part.component() instanceof ServerEndpointConfig endpoint) {
            try {
                webSockets(servlets).addEndpoint(endpoint);
            } catch (DeploymentException e) {
                throw new IllegalStateException(e);
            }
        } else {
            ServletRegistration.Dynamic servlet = servlets.addServlet(part.path(), (Servlet) part.component());
            servlet.setAsyncSupported(true);
            servlet.addMapping(part.path());
        }
    }

    ServerContainer webSockets() {
        return webSockets(context.getServletContext());
    }

    private static ServerContainer webSockets(ServletContext servlets) {
        return (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    }

    URI address(String path) {
        return address("ws", path);
    }

    URI address(String scheme, String path) {
        return URI.create(scheme + "://127.0.0.1:" + tomcat.getConnector().getLocalPort() + path);
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

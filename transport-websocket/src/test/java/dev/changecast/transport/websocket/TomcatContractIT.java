package dev.changecast.transport.websocket;

import dev.changecast.api.transport.Transport;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import dev.changecast.testing.TransportContract;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.junit.jupiter.api.io.TempDir;

/** The contract of every transport, with nothing but what the standard offers. */
class TomcatContractIT extends TransportContract {
    @TempDir
    private Path directory;

    private final Tomcat tomcat = new Tomcat();

    @Override
    protected Transport transport() {
        return new WebSocketTransport();
    }

    @Override
    protected void host(Transport transport) throws Exception {
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.setSilent(true);
        Context context = tomcat.addContext("", directory.toString());
        context.addServletContainerInitializer(
                (classes, servlets) -> {
                    new WsSci().onStartup(null, servlets);
                    addEndpoint(servlets, (ServerEndpointConfig)
                            transport.components().get(0).component());
                    servlets.addServlet("nothing", new Nothing()).addMapping("/");
                },
                null);
        tomcat.getConnector();
        tomcat.start();
    }

    private static void addEndpoint(ServletContext servlets, ServerEndpointConfig endpoint) {
        try {
            ((ServerContainer) servlets.getAttribute(ServerContainer.class.getName())).addEndpoint(endpoint);
        } catch (DeploymentException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected void unhost() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }

    @Override
    protected ProtocolClient connect(Map<String, String> headers) {
        return TestClient.connect(
                URI.create("ws://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/ws?test=a%20b"), headers);
    }

    private static final class Nothing extends HttpServlet {
        private static final long serialVersionUID = 1L;
    }
}

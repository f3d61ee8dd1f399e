package dev.changecast.transport.longpoll;

import dev.changecast.api.transport.WebComponent;
import jakarta.servlet.Servlet;
import java.net.URI;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;

/** A container that knows nothing of the transport, as an embedder would use it. */
final class TomcatHost implements AutoCloseable {
    private final Tomcat tomcat = new Tomcat();

    TomcatHost(Path directory, WebComponent component) throws Exception {
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.setSilent(true);
        Context context = tomcat.addContext("", directory.toString());
        Wrapper servlet = Tomcat.addServlet(context, "changecast", (Servlet) component.component());
        servlet.setAsyncSupported(true);
        servlet.addMapping(component.path());
        // Fewer threads than a test has clients: whoever waited in one would stop the others.
        tomcat.getConnector().setProperty("maxThreads", "4");
        tomcat.getConnector().setProperty("minSpareThreads", "2");
        tomcat.start();
    }

    URI at(String pathAndQuery) {
        return URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + pathAndQuery);
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }
}

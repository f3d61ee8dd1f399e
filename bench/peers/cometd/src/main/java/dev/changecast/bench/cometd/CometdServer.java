package dev.changecast.bench.cometd;

import java.util.List;
import org.cometd.bayeux.Promise;
import org.cometd.bayeux.server.ServerChannel;
import org.cometd.server.BayeuxServerImpl;
import org.cometd.server.websocket.jetty.JettyWebSocketTransport;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Context;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ajax.JSON;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** A CometD server whose only channel is published to by {@code POST}. Argument: the port. */
final class CometdServer {
    private static final String CHANNEL = "/all";

    private CometdServer() {}

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(arguments[0]));
        connector.setAcceptQueueSize(4096);
        server.addConnector(connector);

        ContextHandler context = new ContextHandler("/");
        server.setHandler(context);
        WebSocketUpgradeHandler upgrade = WebSocketUpgradeHandler.from(server, context);
        context.setHandler(upgrade);

        BayeuxServerImpl bayeux = new BayeuxServerImpl();
        bayeux.setOption(Context.class.getName(), context.getContext());
        bayeux.setOption("ws.cometdURLMapping", "/cometd");
        bayeux.setTransports(List.of(new JettyWebSocketTransport(bayeux)));
        context.addBean(bayeux);

        upgrade.setHandler(new Publishing(bayeux));
        server.start();
        server.join();
    }

    private static final class Publishing extends Handler.Abstract {
        private final BayeuxServerImpl bayeux;
        private final JSON json = new JSON();

        Publishing(BayeuxServerImpl bayeux) {
            this.bayeux = bayeux;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            if (HttpMethod.POST.is(request.getMethod())) {
                ServerChannel channel = bayeux.createChannelIfAbsent(CHANNEL).getReference();
                channel.publish(null, json.fromJSON(Content.Source.asString(request)), Promise.noop());
            }
            Content.Sink.write(response, true, "done", callback);
            return true;
        }
    }
}

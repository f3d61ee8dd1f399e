package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.http.HttpHeader;
import org.glassfish.grizzly.http.HttpProbe;
import org.glassfish.grizzly.http.HttpServerFilter;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a servlet and its clients may count on, whatever else arrives on the connection. */
@Timeout(30)
class HostedServletIT {
    private static final String HEAD = " /echo HTTP/1.1\r\nHost: x\r\n";

    private final Echo echo = new Echo();
    private final Later later = new Later();
    private final HttpPort port = HttpPort.builder()
            .port(0)
            .requestTimeout(Duration.ofSeconds(2))
            .idleTimeout(Duration.ofSeconds(1))
            .allowedHosts(Set.of("x"))
            .servlet("/echo", echo)
            .servlet("/later", later)
            .handler("/page", new Page())
            .build();

    @BeforeEach
    void start() {
        port.start();
    }

    @AfterEach
    void stop() {
        port.close();
    }

    private RawClient client() throws IOException {
        return RawClient.plain(port.port());
    }

    private static void send(RawClient client, String text) throws IOException {
        client.send(text.getBytes(US_ASCII));
    }

    private static String post(String body) {
        return "POST" + HEAD + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** An answer that says how long it is. */
    private static String answer(RawClient client) throws IOException {
        String head = client.readHead();
        assertThat(head).startsWith("HTTP/1.1 200 ");
        String length = head.replaceAll("(?is).*\r\ncontent-length: (\\d+)\r\n.*", "$1");
        return new String(client.in.readNBytes(Integer.parseInt(length)), US_ASCII);
    }

    @Test
    void aConnectionServesOneRequestAfterTheOther() throws Exception {
        try (RawClient client = client()) {
            for (int i = 0; i < 5; i++) {
                send(client, post("number " + i));
                assertThat(answer(client)).isEqualTo("number " + i);
            }
        }
    }

    @Test
    void aRequestForAnotherHostDoesNotReachTheServlet() throws Exception {
        try (RawClient client = client()) {
            send(client, post("x").replace("Host: x", "Host: evil.example"));
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 421 ")
                    .contains("X-Content-Type-Options: nosniff\r\n")
                    .containsIgnoringCase("connection: close");
            client.awaitEnd();
        }
        assertThat(echo.parts).hasValue(0);
    }

    @Test
    void everyAnswerSaysThatItsTypeIsNotToBeGuessed() throws Exception {
        try (RawClient client = client()) {
            send(client, post("x"));
            assertThat(client.readHead()).contains("X-Content-Type-Options: nosniff\r\n");
        }
    }

    @Test
    void requestsThatComeAtOnceAreAnsweredInTheirOrder() throws Exception {
        try (RawClient client = client()) {
            send(client, post("one") + "GET /page HTTP/1.1\r\nHost: x\r\n\r\n" + post("two") + post("three"));
            assertThat(answer(client)).isEqualTo("one");
            assertThat(answer(client)).isEqualTo("page");
            assertThat(answer(client)).isEqualTo("two");
            assertThat(answer(client)).isEqualTo("three");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRequestBehindOneThatWaitsHasItsTurnAfterIt(boolean atOnce) throws Exception {
        try (RawClient client = client()) {
            String first = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
            String next = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n" + post("third");
            AsyncContext waiting;
            if (atOnce) {
                send(client, first + next);
                waiting = later.next();
            } else {
                send(client, first);
                waiting = later.next();
                send(client, next);
            }
            // Longer than a request may take to arrive: neither of them is ended for being slow or idle.
            Await.pause(Duration.ofSeconds(3));
            waiting.getResponse().getOutputStream().print("first");
            waiting.complete();
            assertThat(answer(client)).isEqualTo("first");
            assertThat(answer(client)).isEqualTo("page");
            assertThat(answer(client)).isEqualTo("third");
        }
    }

    @Test
    void whatWaitsIsNotIdleAndWhatWasAnsweredIs() throws Exception {
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            AsyncContext waiting = later.next();
            Await.pause(Duration.ofSeconds(3));
            waiting.getResponse().getOutputStream().print("late");
            waiting.complete();
            assertThat(answer(client)).isEqualTo("late");
            client.awaitEnd();
        }
    }

    @Test
    void aBodyInChunksArrivesAsOne() throws Exception {
        try (RawClient client = client()) {
            send(client, "POST" + HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            send(client, "2\r\nde\r\n0\r\n\r\n" + post("next"));
            assertThat(answer(client)).isEqualTo("abcde");
            assertThat(answer(client)).isEqualTo("next");
        }
    }

    @Test
    void aClientThatAsksBeforeItSendsItsBodyIsAskedForIt() throws Exception {
        try (RawClient client = client()) {
            send(client, "POST" + HEAD + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            send(client, "abc");
            assertThat(answer(client)).isEqualTo("abc");
        }
    }

    @Test
    void aClientWhoseBodyIsNotWantedIsNotAskedForItAndTheConnectionEnds() throws Exception {
        try (RawClient client = client()) {
            send(client, "PUT" + HEAD + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 405 ").containsIgnoringCase("connection: close");
            client.awaitEnd();
        }
    }

    @Test
    void aBodyThatNobodyReadsDoesNotDisturbTheNextRequest() throws Exception {
        try (RawClient client = client()) {
            send(client, "PUT" + HEAD + "Content-Length: 100000\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 405 ").containsIgnoringCase("content-length: 0");
            send(client, "x".repeat(100_000) + post("next"));
            assertThat(answer(client)).isEqualTo("next");
        }
    }

    @Test
    void aClientThatWantsToCloseIsClosedAfterItsAnswer() throws Exception {
        try (RawClient client = client()) {
            send(client, "POST" + HEAD + "Connection: close\r\nContent-Length: 1\r\n\r\nx");
            assertThat(answer(client)).isEqualTo("x");
            assertThat(client.in.read()).isEqualTo(-1);
        }
    }

    @Test
    void nothingIsServedAfterARequestThatWantsToClose() throws Exception {
        try (RawClient client = client()) {
            send(client, "POST" + HEAD + "Connection: close\r\nContent-Length: 1\r\n\r\nx" + post("next"));
            assertThat(answer(client)).isEqualTo("x");
            client.awaitEnd();
        }
        assertThat(echo.parts).hasValue(1);
    }

    @Test
    void aBodyThatIsNotReadYetIsNotTakenFromTheNetworkEither() throws Exception {
        int size = 30_000_000;
        AtomicInteger sent = new AtomicInteger();
        try (RawClient client = client()) {
            Thread sender = new Thread(
                    () -> {
                        try {
                            send(client, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: " + size + "\r\n\r\n");
                            byte[] part = new byte[10_000];
                            while (sent.get() < size) {
                                client.send(part);
                                sent.addAndGet(part.length);
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    "sender");
            sender.start();
            AsyncContext waiting = later.next();
            int[] before = {-1};
            Await.until("the client to get stuck", () -> {
                int now = sent.get();
                boolean stuck = now == before[0];
                before[0] = now;
                Await.pause(Duration.ofMillis(200));
                return stuck;
            });
            assertThat(sent.get()).isLessThan(size);
            ServletInputStream input = waiting.getRequest().getInputStream();
            AtomicInteger read = new AtomicInteger();
            input.setReadListener(new ReadListener() {
                @Override
                public void onDataAvailable() throws IOException {
                    byte[] part = new byte[10_000];
                    while (input.isReady() && !input.isFinished()) {
                        read.addAndGet(input.read(part));
                    }
                }

                @Override
                public void onAllDataRead() throws IOException {
                    waiting.getResponse().getOutputStream().print("read " + read);
                    waiting.complete();
                }

                @Override
                public void onError(Throwable failure) {}
            });
            assertThat(answer(client)).isEqualTo("read " + size);
            sender.join();
        }
    }

    @Test
    void aClientThatDoesNotReadIsNotWrittenToUntilItDoes() throws Exception {
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            AsyncContext waiting = later.next();
            byte[] part = new byte[100_000];
            AtomicInteger written = new AtomicInteger();
            AtomicInteger calls = new AtomicInteger();
            ServletOutputStream output = waiting.getResponse().getOutputStream();
            output.setWriteListener(new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                    calls.incrementAndGet();
                    while (written.get() < 300 && output.isReady()) {
                        output.write(part);
                        output.flush();
                        written.incrementAndGet();
                    }
                    if (written.get() == 300) {
                        waiting.complete();
                    }
                }

                @Override
                public void onError(Throwable failure) {}
            });
            int[] before = {-1};
            Await.until("the servlet to be stopped", () -> {
                int now = written.get();
                boolean stuck = now > 0 && now == before[0];
                before[0] = now;
                Await.pause(Duration.ofMillis(200));
                return stuck;
            });
            assertThat(written.get()).isLessThan(300);
            assertThat(client.readHead()).containsIgnoringCase("chunked");
            String chunk = "186a0\r\n";
            for (int i = 0; i < 300; i++) {
                assertThat(new String(client.in.readNBytes(chunk.length()), US_ASCII))
                        .isEqualTo(chunk);
                client.in.skipNBytes(part.length + 2);
            }
            assertThat(new String(client.in.readNBytes(5), US_ASCII)).isEqualTo("0\r\n\r\n");
            assertThat(calls.get()).isGreaterThan(1);
        }
    }

    @Test
    void anOlderClientThatDoesNotTakeChunksGetsTheEndOfTheConnection() throws Exception {
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.0\r\n\r\n");
            AsyncContext waiting = later.next();
            waiting.getResponse().getOutputStream().print("a");
            waiting.getResponse().getOutputStream().flush();
            waiting.getResponse().getOutputStream().print("b");
            waiting.complete();
            assertThat(client.readHead())
                    .containsIgnoringCase("connection: close")
                    .doesNotContainIgnoringCase("chunked");
            assertThat(new String(client.in.readAllBytes(), US_ASCII)).isEqualTo("ab");
        }
    }

    @Test
    void anAnswerThatGoesOnComesInChunks() throws Exception {
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            AsyncContext waiting = later.next();
            waiting.getResponse().getOutputStream().print("ab");
            waiting.getResponse().getOutputStream().flush();
            waiting.getResponse().getOutputStream().print("c");
            waiting.complete();
            assertThat(client.readHead()).containsIgnoringCase("transfer-encoding: chunked");
            String body = "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
            assertThat(new String(client.in.readNBytes(body.length()), US_ASCII))
                    .isEqualTo(body);
            send(client, post("next"));
            assertThat(answer(client)).isEqualTo("next");
        }
    }

    @Test
    void anAnswerToHeadHasNoBody() throws Exception {
        try (RawClient client = client()) {
            send(client, "HEAD" + HEAD + "\r\n" + post("next"));
            assertThat(client.readHead()).startsWith("HTTP/1.1 200 ").containsIgnoringCase("content-length: 4");
            assertThat(answer(client)).isEqualTo("next");
        }
    }

    @Test
    void aServletThatFailsIsAnErrorWithoutWhatItHadSaid() throws Exception {
        try (RawClient client = client()) {
            send(client, "DELETE" + HEAD + "\r\n" + post("next"));
            String head = client.readHead();
            assertThat(head)
                    .startsWith("HTTP/1.1 500 ")
                    .contains(Json.CONTENT_TYPE, "nosniff")
                    .doesNotContain("X-Secret");
            client.in.readNBytes(Json.error("error", "the request failed").length());
            assertThat(answer(client)).isEqualTo("next");
        }
    }

    @Test
    void aHeadersValueCannotBeginAnotherHeader() throws Exception {
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            AsyncContext waiting = later.next();
            ((HttpServletResponse) waiting.getResponse()).setHeader("X-Name", "a\r\nX-Other: b");
            waiting.complete();
            assertThat(client.readHead()).doesNotContain("\r\nX-Other").contains("X-Name: a  X-Other: b\r\n");
        }
    }

    @Test
    void aClientThatGoesWhileItWaitsIsNoticed() throws Exception {
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            later.next();
        }
        Await.until("the client to be missed", () -> later.gone.get() == 1);
    }

    @Test
    void aClientThatGoesWhileItSendsIsNoticed() throws Exception {
        try (RawClient client = client()) {
            send(client, "POST" + HEAD + "Content-Length: 10\r\n\r\nabc");
            Await.until("the first part", () -> echo.parts.get() == 1);
        }
        Await.until("the client to be missed", () -> !echo.failures.isEmpty());
        assertThat(echo.failures).containsExactly("the client is gone");
    }

    @Test
    void aBodyThatStopsComingIsNotWaitedFor() throws Exception {
        try (RawClient client = client()) {
            send(client, "POST" + HEAD + "Content-Length: 10\r\n\r\nabc");
            client.awaitEnd();
        }
        Await.until("the servlet to be told", () -> !echo.failures.isEmpty());
    }

    @Test
    void aRequestThatWaitsHoldsNothingOfWhatItWasReadFrom() throws Exception {
        List<WeakReference<HttpHeader>> packets = new CopyOnWriteArrayList<>();
        HttpServerFilter codec = (HttpServerFilter) port.listener()
                .getFilterChain()
                .get(port.listener().getFilterChain().indexOfType(HttpServerFilter.class));
        codec.getMonitoringConfig().addProbes(new HttpProbe.Adapter() {
            @Override
            @SuppressWarnings("rawtypes")
            public void onHeaderParseEvent(Connection connection, HttpHeader header, int size) {
                packets.add(new WeakReference<>(header));
            }
        });
        try (RawClient client = client()) {
            send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            AsyncContext waiting = later.next();
            assertThat(packets).hasSize(1);
            Await.until("the request to be forgotten", () -> {
                System.gc();
                return packets.get(0).get() == null;
            });
            waiting.getResponse().getOutputStream().print("still there");
            waiting.complete();
            assertThat(answer(client)).isEqualTo("still there");
        }
    }

    /** Answers with what it was sent, when all of it is there. */
    private static final class Echo extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private final transient AtomicInteger parts = new AtomicInteger();
        private final transient List<String> failures = new CopyOnWriteArrayList<>();

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            switch (request.getMethod()) {
                case "PUT" -> response.setStatus(405);
                case "HEAD" -> response.getOutputStream().print("head");
                case "DELETE" -> {
                    response.setHeader("X-Secret", "1");
                    response.getOutputStream().print("half");
                    throw new IllegalStateException("as it should be in this test");
                }
                default -> echo(request.startAsync(), request.getInputStream());
            }
        }

        private void echo(AsyncContext context, ServletInputStream input) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            input.setReadListener(new ReadListener() {
                @Override
                public void onDataAvailable() throws IOException {
                    byte[] part = new byte[3];
                    while (input.isReady() && !input.isFinished()) {
                        body.write(part, 0, input.read(part));
                    }
                    parts.incrementAndGet();
                }

                @Override
                public void onAllDataRead() throws IOException {
                    context.getResponse().setContentLength(body.size());
                    context.getResponse().getOutputStream().write(body.toByteArray());
                    context.complete();
                }

                @Override
                public void onError(Throwable failure) {
                    failures.add(String.valueOf(failure.getMessage()));
                }
            });
        }
    }

    /** Leaves its answers to the test. */
    private static final class Later extends HttpServlet implements AsyncListener {
        private static final long serialVersionUID = 1L;

        private final transient BlockingQueue<AsyncContext> waiting = new LinkedBlockingQueue<>();
        private final transient AtomicInteger gone = new AtomicInteger();

        AsyncContext next() throws InterruptedException {
            AsyncContext next = waiting.poll(10, TimeUnit.SECONDS);
            assertThat(next).as("a request").isNotNull();
            return next;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            AsyncContext context = request.startAsync();
            context.addListener(this);
            waiting.add(context);
        }

        @Override
        public void onError(AsyncEvent event) {
            gone.incrementAndGet();
        }

        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    private static final class Page extends HttpHandler {
        @Override
        public void service(Request request, Response response) {
            try {
                response.setContentLength(4);
                response.getWriter().write("page");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

package dev.changecast.server.metrics;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.Distribution;
import dev.changecast.core.Refusals;
import dev.changecast.core.Statistics;
import dev.changecast.core.Statistics.SessionFigures;
import dev.changecast.core.Statistics.SnapshotFigures;
import dev.changecast.core.Statistics.SubscriptionFigures;
import dev.changecast.core.Statistics.TransportFigures;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is told of sessions, subscriptions and snapshots. */
final class SessionMetrics {
    private static final String WEBSOCKET = "websocket";

    /** Those that clients can be told. */
    private static final List<ErrorCode> TOLD =
            Arrays.stream(ErrorCode.values()).filter(code -> code.number() > 0).toList();

    /** Those of the protocol, and the two of WebSocket that the server uses. */
    private static final List<Integer> CLOSE_CODES =
            List.of(1009, 1011, 4400, 4401, 4403, 4408, 4409, 4429, 4500, 4501, 4508);

    private final MetricSheet sheet;

    SessionMetrics(MetricSheet sheet) {
        this.sheet = sheet;
    }

    void add(Statistics statistics) {
        statistics.transports().forEach(this::transport);
        websocket(statistics);
        sessions(statistics.sessions());
        refusals(statistics.refusals());
        subscriptions(statistics.subscriptions());
        snapshots(statistics.snapshots());
    }

    private void transport(TransportFigures over) {
        String name = over.name();
        sheet.gauge("changecast_sessions", "Sessions that are open.", over.open(), "transport", name)
                .count(
                        "changecast_sessions_opened_total",
                        "Sessions that were opened.",
                        over.opened(),
                        "transport",
                        name)
                .count(
                        "changecast_messages_sent_total",
                        "Messages that were given to connections.",
                        over.messagesSent(),
                        "transport",
                        name)
                .count(
                        "changecast_sent_bytes_total",
                        "Their size before compression and framing.",
                        over.bytesSent(),
                        "transport",
                        name)
                .count(
                        "changecast_messages_received_total",
                        "Messages from clients.",
                        over.messagesReceived(),
                        "transport",
                        name)
                .count(
                        "changecast_received_characters_total",
                        "The size of the messages from clients, in characters.",
                        over.charactersReceived(),
                        "transport",
                        name)
                .histogram(
                        "changecast_session_duration_seconds",
                        "How long the sessions lasted that have ended.",
                        over.duration(),
                        "transport",
                        name);
    }

    /** Under the names that gateways of this kind have used before, which dashboards and alarms know. */
    private void websocket(Statistics statistics) {
        TransportFigures over = statistics.transports().stream()
                .filter(transport -> transport.name().equals(WEBSOCKET))
                .findFirst()
                .orElse(new TransportFigures(
                        WEBSOCKET, 0, 0, 0, 0, 0, 0, new Distribution(new double[] {1}, new long[2], 0)));
        sheet.gauge("websocket_active_connections", "WebSocket sessions that are open.", over.open())
                .count("websocket_connections_total", "WebSocket sessions that were opened.", over.opened())
                .count("websocket_messages_sent_total", "Messages that were given to WebSockets.", over.messagesSent())
                .count("websocket_messages_received_total", "Messages from WebSockets.", over.messagesReceived())
                .histogram(
                        "websocket_connection_duration_seconds",
                        "How long the WebSocket sessions lasted that have ended.",
                        over.duration());
        for (ErrorCode code : TOLD) {
            sheet.count(
                    "websocket_errors_total",
                    "Errors that clients were told, over all transports.",
                    statistics.refusals().of(code),
                    "type",
                    code.wireName());
        }
    }

    private void sessions(SessionFigures sessions) {
        sheet.gauge("changecast_sessions_limit", "Sessions that may be open: limits.connections.", sessions.limit())
                .gauge(
                        "changecast_sessions_unauthenticated",
                        "Sessions that still have to show a token.",
                        sessions.unauthenticated())
                .gauge("changecast_users_online", "Users with a session.", sessions.onlineUsers())
                .gauge("changecast_rooms", "Rooms that somebody is in.", sessions.rooms())
                .gauge("changecast_queue_bytes", "What waits to be written, of all sessions.", sessions.queueBytes())
                .gauge(
                        "changecast_queue_longest_bytes",
                        "What waits for the session for which most waits.",
                        sessions.longestQueueBytes())
                .gauge(
                        "changecast_sessions_behind",
                        "Sessions that read from the log: too slow for what is new, or just back.",
                        sessions.behind())
                .count("changecast_fell_behind_total", "How often a session became too slow.", sessions.fellBehind())
                .count(
                        "changecast_messages_dropped_total",
                        "Messages whose session ended before they were known to be written.",
                        sessions.droppedMessages())
                .count(
                        "changecast_authentication_failures_total",
                        "Tokens that were missing, wrong, expired or too late.",
                        sessions.authenticationFailures())
                .gauge(
                        "changecast_dispatch_silence_seconds",
                        "How long the slowest of the threads that own sessions has not come round.",
                        sessions.dispatchSilence());
    }

    private void refusals(Refusals refusals) {
        for (ErrorCode code : TOLD) {
            sheet.count(
                    "changecast_errors_total",
                    "Errors that clients were told.",
                    refusals.of(code),
                    "name",
                    code.wireName());
        }
        // All that there can be, so that the first of a kind is an increase.
        Map<Integer, Long> closes = new TreeMap<>();
        CLOSE_CODES.forEach(code -> closes.put(code, 0L));
        closes.putAll(refusals.closes());
        closes.forEach((code, count) -> sheet.count(
                "changecast_closes_total",
                "Connections that the server ended, by close code.",
                count,
                "code",
                code.toString()));
    }

    private void subscriptions(SubscriptionFigures subscriptions) {
        sheet.gauge("changecast_subscriptions", "Subscriptions that are open.", subscriptions.open())
                .gauge("changecast_subscriptions_preparing", "Those that are not ready yet.", subscriptions.preparing())
                .count("changecast_subscriptions_begun_total", "Subscriptions that were begun.", subscriptions.begun())
                .count(
                        "changecast_subscriptions_resumed_total",
                        "Those that went on where their client had stopped.",
                        subscriptions.resumed())
                .count(
                        "changecast_conflated_changes_total",
                        "Changes passed over since a later one of the same row was sent.",
                        subscriptions.conflated())
                .histogram(
                        "changecast_subscription_ready_seconds",
                        "From the beginning of a subscription until it is ready.",
                        subscriptions.readyTime());
        subscriptions
                .resets()
                .forEach((reason, count) -> sheet.count(
                        "changecast_resets_total",
                        "Clients that were told that what they have is void.",
                        count,
                        "reason",
                        reason.wireName()));
    }

    private void snapshots(SnapshotFigures snapshots) {
        sheet.gauge("changecast_snapshots_reading", "Reads of present rows that run.", snapshots.reading())
                .gauge("changecast_snapshots_waiting", "Those that wait for their turn.", snapshots.waiting())
                .count("changecast_snapshots_total", "Reads of present rows that were begun.", snapshots.begun())
                .count("changecast_snapshots_shared_total", "Subscriptions that shared a read.", snapshots.shared())
                .count("changecast_snapshots_failed_total", "Reads that did not come to their end.", snapshots.failed())
                .count("changecast_snapshot_rows_total", "Rows that were read.", snapshots.rows())
                .count("changecast_snapshot_bytes_total", "What these are on the wire, once.", snapshots.bytes())
                .histogram(
                        "changecast_snapshot_wait_seconds",
                        "From asking for rows to the beginning of the read.",
                        snapshots.waitTime())
                .histogram(
                        "changecast_snapshot_read_seconds",
                        "From the beginning of a read to its last row.",
                        snapshots.readTime());
    }
}

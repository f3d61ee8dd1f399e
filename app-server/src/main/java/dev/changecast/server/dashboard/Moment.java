package dev.changecast.server.dashboard;

import dev.changecast.core.SessionLoad;
import dev.changecast.core.Statistics;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What the dashboard knew when it last looked.
 *
 * @param readiness what {@code /readyz} says
 * @param beside what else the server tells of its parts, by name
 */
record Moment(
        Statistics statistics,
        ProcessFigures process,
        List<SessionLoad> slowest,
        JsonNode readiness,
        Map<String, JsonNode> beside) {}

package dev.changecast.core;

import dev.changecast.api.source.Relation;
import dev.changecast.core.view.RouteTable;
import java.util.List;

/**
 * Decides what somebody may see of a relation. The default asks the routes: {@link #ofRoutes}. One that is given to the
 * engine takes the place of the routes' readers, row rules and hidden columns; names, events, old rows and pushes stay
 * the routes'.
 */
@FunctionalInterface
public interface Authorizer {
    /**
     * Called by the threads that own sessions, whenever somebody subscribes, resumes or gets other rights; must not block,
     * and must give the same for the same, or what was subscribed to before would not follow.
     *
     * @param source the name of the source
     * @param relation the relation in its present shape
     */
    Access access(Identity identity, String source, Relation relation);

    /**
     * What these routes say, to build upon.
     *
     * @throws dev.changecast.api.ChangecastException with everything that is wrong with the routes
     */
    static Authorizer ofRoutes(List<Route> routes) {
        return new RouteTable(routes);
    }
}

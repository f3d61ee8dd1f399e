package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.core.Identity;
import dev.changecast.core.filter.CanonicalFilter;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.core.filter.FilterParser;
import dev.changecast.core.protocol.Command;
import java.util.List;
import java.util.Optional;

/** Turns what a client asks for into a view of what it may see. */
public final class ViewResolver {
    private final Collections collections;
    private final FilterLimits limits;

    /** @param limits how large a client's filter may be */
    public ViewResolver(Collections collections, FilterLimits limits) {
        this.collections = collections;
        this.limits = limits;
    }

    /**
     * Finds the view and binds it to the relation's present shape. With a snapshot it is the view of this shape alone, as the
     * client will hold rows in it.
     *
     * @return empty when there is no such collection for this client
     * @throws ChangecastException for everything else that is wrong with the command
     */
    public Optional<ViewBinding> resolve(Command.Subscribe command, Identity identity) {
        return collections.find(command.collection(), identity).map(found -> {
            Exposure exposure = found.exposure();
            Filter filter = FilterParser.parse(
                    command.filter(),
                    found.relation(),
                    column -> !exposure.columns().hides(column),
                    limits);
            boolean ruled = !found.rows().equals(Filter.ALL);
            View view = View.of(
                    found.source(),
                    found.relation().qualifiedName(),
                    exposure,
                    ruled ? CanonicalFilter.of(new Filter.And(List.of(found.rows(), filter))) : filter,
                    command.columns());
            // A rule's values are in the form of this shape's types, and what they mean in another one is not theirs to
            // say.
            boolean holding = command.snapshot() || ruled;
            return new ViewBinding(holding ? view.holding(found.relation()) : view, found.relation());
        });
    }

    /** What a client is told of a collection that does not exist or that it may not see. */
    public static ChangecastException unknown(String collection) {
        String shown = collection.length() > 80 ? collection.substring(0, 80) + "…" : collection;
        return new ChangecastException(
                ErrorCode.UNKNOWN_COLLECTION,
                "there is no collection '" + shown + "' that you may read; a route has to allow it");
    }
}

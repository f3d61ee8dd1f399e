package dev.changecast.testing;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes a relation in a line or two. */
public final class RelationBuilder {
    private final String namespace;
    private final String name;
    private final List<Column> columns = new ArrayList<>();
    private final List<Integer> key = new ArrayList<>();
    private OldRow oldRow = OldRow.KEY;
    private @Nullable String remedy;
    private @Nullable String identity;

    private RelationBuilder(String namespace, String name) {
        this.namespace = namespace;
        this.name = name;
    }

    /** A table of the namespace {@code public}. */
    public static RelationBuilder table(String name) {
        return new RelationBuilder("public", name);
    }

    /** A column that is part of the key, a whole number. */
    public RelationBuilder key(String column) {
        key.add(columns.size());
        return integer(column);
    }

    public RelationBuilder integer(String column) {
        return column(column, "int4", ValueType.INTEGER);
    }

    public RelationBuilder text(String column) {
        return column(column, "text", ValueType.TEXT);
    }

    public RelationBuilder column(String column, String type, ValueType valueType) {
        columns.add(new Column(column, type, valueType));
        return this;
    }

    /** Changes tell the key of the row before, unless this says otherwise. */
    public RelationBuilder old(OldRow tells) {
        oldRow = tells;
        return this;
    }

    public RelationBuilder remedy(String statement) {
        remedy = statement;
        return this;
    }

    /** Tells it from another relation of this name. */
    public RelationBuilder identity(String what) {
        identity = what;
        return this;
    }

    public Relation build() {
        return new Relation(namespace, name, columns, key, oldRow, remedy, identity);
    }
}

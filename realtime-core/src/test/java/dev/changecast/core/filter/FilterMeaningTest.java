package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random filters and random rows of all types, against an evaluation of the plainest kind. */
class FilterMeaningTest {
    private static final List<NaiveType> TYPES = NaiveType.all();
    private static final FilterLimits LIMITS = new FilterLimits(100, 10_000, 1000, 1_000_000);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void indexPredicateAndPlainEvaluationAgree(long seed) {
        Random random = new Random(seed);
        // Few columns at a time, so that filters and rows meet more often.
        List<NaiveType> types = some(seed);
        MatchIndex<Integer> index = new MatchIndex<>(Types.RELATION);
        Map<Integer, NaiveFilter> naive = new HashMap<>();
        Map<Integer, RowPredicate> predicates = new HashMap<>();
        int matches = 0;
        int undecided = 0;
        for (int step = 0; step < 1500; step++) {
            int id = random.nextInt(60);
            if (random.nextInt(4) == 0) {
                index.remove(id);
                naive.remove(id);
                predicates.remove(id);
            } else {
                NaiveFilter filter = NaiveFilter.random(random, types, 3);
                Filter parsed = parse(filter.json(random));
                index.add(id, parsed);
                naive.put(id, filter);
                predicates.put(id, RowPredicate.compile(parsed, Types.RELATION));
            }
            Map<String, @Nullable Object> values = values(random);
            Row row = row(random, values, Set.of());
            Set<Integer> expected = new TreeSet<>();
            naive.forEach((key, filter) -> {
                if (filter.matches(values)) {
                    expected.add(key);
                }
            });
            Map<Decision, Set<Integer>> asked = decisions(predicates, row);
            assertThat(asked.get(Decision.MATCH))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(expected);
            assertThat(asked.get(Decision.UNDECIDED)).isEmpty();
            assertThat(found(index, row)).as("seed %d, step %d", seed, step).isEqualTo(List.copyOf(expected));
            assertThat(index.size()).isEqualTo(naive.size());
            matches += expected.size();

            String absent = types.get(random.nextInt(types.size())).column();
            Row partial = row(random, values, Set.of(absent));
            Map<Decision, Set<Integer>> certain = decisions(predicates, partial);
            assertThat(expected).containsAll(certain.get(Decision.MATCH));
            assertThat(Collections.disjoint(certain.get(Decision.NO_MATCH), expected))
                    .isTrue();
            assertThat(found(index, partial)).isEqualTo(List.copyOf(certain.get(Decision.MATCH)));
            undecided += certain.get(Decision.UNDECIDED).size();
        }
        assertThat(matches).as("matches, so that the test tests something").isGreaterThan(5_000);
        assertThat(undecided).isGreaterThan(500);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void filtersThatAreWrittenDifferentlyAndMeanTheSameHaveOneText(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 3000; i++) {
            NaiveFilter filter = NaiveFilter.random(random, TYPES, 4);
            String one = filter.json(random);
            String other = filter.json(random);
            Filter parsed = parse(one);
            assertThat(FilterText.of(parsed)).as("%s%n%s", one, other).isEqualTo(FilterText.of(parse(other)));
            assertThat(CanonicalFilter.of(parsed)).isEqualTo(parsed);
        }
    }

    @Test
    void filtersOfDifferentMeaningHaveDifferentTexts() {
        Random random = new Random(21);
        Map<String, NaiveFilter> byText = new HashMap<>();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            rows.add(values(random));
        }
        for (int i = 0; i < 5000; i++) {
            NaiveFilter filter = NaiveFilter.random(random, TYPES.subList(0, 3), 2);
            NaiveFilter same = byText.putIfAbsent(FilterText.of(parse(filter.json(random))), filter);
            if (same != null) {
                assertThat(rows).allMatch(row -> same.matches(row) == filter.matches(row));
            }
        }
        assertThat(byText).hasSizeLessThan(5000);
    }

    /** Four neighbours, so that ten seeds bring every type twice. */
    private static List<NaiveType> some(long seed) {
        return IntStream.range(0, 4)
                .mapToObj(i -> TYPES.get((int) (seed * 2 + i) % TYPES.size()))
                .toList();
    }

    private static Filter parse(String json) {
        return FilterParser.parse(json, Types.RELATION, name -> true, LIMITS);
    }

    private static Map<String, @Nullable Object> values(Random random) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (NaiveType type : TYPES) {
            values.put(
                    type.column(),
                    random.nextInt(6) == 0
                            ? null
                            : type.values().get(random.nextInt(type.values().size())));
        }
        return values;
    }

    private static Row row(Random random, Map<String, @Nullable Object> values, Set<String> absent) {
        return Row.of(TYPES.stream()
                .map(type -> {
                    Object value = values.get(type.column());
                    return absent.contains(type.column())
                            ? Row.ABSENT
                            : value == null ? null : type.wire().apply(random, value);
                })
                .toArray());
    }

    private static Map<Decision, Set<Integer>> decisions(Map<Integer, RowPredicate> predicates, Row row) {
        Map<Decision, Set<Integer>> ids = new EnumMap<>(Decision.class);
        for (Decision decision : Decision.values()) {
            ids.put(decision, new TreeSet<>());
        }
        predicates.forEach((id, predicate) -> ids.get(predicate.decide(row)).add(id));
        return ids;
    }

    /** In the order of the ids, and twice what is told twice. */
    private static List<Integer> found(MatchIndex<Integer> index, Row row) {
        List<Integer> found = new ArrayList<>();
        index.matching(row, found::add);
        Collections.sort(found);
        return found;
    }
}

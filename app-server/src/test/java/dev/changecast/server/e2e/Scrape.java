package dev.changecast.server.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code /metrics} answered, in Prometheus' text format, read as Prometheus does. */
public final class Scrape {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)(?: \\d+)?");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** By name, as Prometheus calls it: {@code counter}, {@code gauge}, {@code histogram}. */
    private final Map<String, String> types = new TreeMap<>();

    private final Map<String, String> helps = new TreeMap<>();
    private final Map<String, Set<String>> labels = new TreeMap<>();
    private final Map<String, Double> values = new LinkedHashMap<>();

    private Scrape(String text) {
        for (String line : text.split("\n")) {
            if (line.startsWith("# TYPE ")) {
                String[] parts = line.split(" ");
                types.put(parts[2], parts[3]);
            } else if (line.startsWith("# HELP ")) {
                String[] parts = line.split(" ", 4);
                helps.put(parts[2], parts.length > 3 ? parts[3] : "");
            } else if (!line.isBlank()) {
                sample(line);
            }
        }
    }

    private void sample(String line) {
        Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            throw new AssertionError("this is no sample: " + line);
        }
        String name = sample.group(1);
        Map<String, String> own = new TreeMap<>();
        if (sample.group(2) != null) {
            Matcher label = LABEL.matcher(sample.group(2));
            while (label.find()) {
                own.put(label.group(1), label.group(2));
            }
        }
        values.put(name + own, Double.valueOf(sample.group(3)));
        Set<String> names = labels.computeIfAbsent(family(name), key -> new TreeSet<>());
        names.addAll(own.keySet());
        names.remove("le");
    }

    /** The metric that a sample is of: those of a histogram have endings. */
    private String family(String sample) {
        for (String ending : new String[] {"_bucket", "_sum", "_count"}) {
            String name = sample.endsWith(ending) ? sample.substring(0, sample.length() - ending.length()) : sample;
            if (!name.equals(sample) && types.getOrDefault(name, "").matches("histogram|summary")) {
                return name;
            }
        }
        return sample;
    }

    static HttpResponse<String> get(int port, String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** @param key an API key; empty for none */
    static Scrape of(int port, String key) {
        HttpResponse<String> answer = get(port, key);
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return new Scrape(answer.body());
    }

    static Scrape of(String text) {
        return new Scrape(text);
    }

    Map<String, String> types() {
        return types;
    }

    String help(String name) {
        return helps.getOrDefault(name, "");
    }

    /** The names of its labels. */
    Set<String> labels(String name) {
        return labels.getOrDefault(name, Set.of());
    }

    /** Everything that can be asked for: each sample's name. */
    Set<String> samples() {
        Set<String> names = new TreeSet<>();
        values.keySet().forEach(key -> names.add(key.substring(0, key.indexOf('{'))));
        return names;
    }

    /** @param labels names and values by turns, all that there are */
    double value(String name, String... labels) {
        Double value = values.get(name + sorted(labels));
        if (value == null) {
            throw new AssertionError("there is no " + name + sorted(labels) + " among "
                    + values.keySet().stream()
                            .filter(key -> key.startsWith(name + "{"))
                            .toList());
        }
        return value;
    }

    boolean has(String name, String... labels) {
        return values.containsKey(name + sorted(labels));
    }

    private static Map<String, String> sorted(String... labels) {
        Map<String, String> sorted = new TreeMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            sorted.put(labels[i], labels[i + 1]);
        }
        return sorted;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}

package dev.changecast.server.config;

import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSourceProvider;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.TransportProvider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** The plug-ins on the class path, by type. */
public final class Providers {
    private final SortedMap<String, ChangeSourceProvider> sources;
    private final SortedMap<String, TransportProvider> transports;

    /** @throws ProviderException when two plug-ins claim one type */
    public Providers(Iterable<ChangeSourceProvider> sources, Iterable<TransportProvider> transports) {
        this.sources = byType("source", sources, ChangeSourceProvider::type);
        this.transports = byType("transport", transports, TransportProvider::type);
    }

    /** @throws ProviderException when two plug-ins claim one type, or one cannot be loaded */
    public static Providers onClassPath() {
        try {
            return new Providers(
                    ServiceLoader.load(ChangeSourceProvider.class), ServiceLoader.load(TransportProvider.class));
        } catch (ServiceConfigurationError e) {
            throw new ProviderException("a plug-in on the class path cannot be loaded: " + e.getMessage());
        }
    }

    Optional<ChangeSourceProvider> source(String type) {
        return Optional.ofNullable(sources.get(type));
    }

    /** The types of sources that can be configured. */
    public List<String> sourceTypes() {
        return List.copyOf(sources.keySet());
    }

    /** Those of sources, by type. */
    List<ChangeSourceProvider> sources() {
        return List.copyOf(sources.values());
    }

    /** Those of transports, by type. */
    List<TransportProvider> transports() {
        return List.copyOf(transports.values());
    }

    /**
     * A transport of each type.
     *
     * @param configured the settings, by type; where there are none it is as its provider sets it up
     */
    public List<Transport> createTransports(Map<String, SettingValues> configured) {
        SettingReader defaults = new SettingReader(new Findings());
        Entry.Section nothing = new Entry.Section(Place.of("transports"), "transports");
        return transports.values().stream()
                .map(provider -> {
                    SettingValues values = configured.get(provider.type());
                    return provider.create(
                            values == null ? defaults.read(nothing, provider.settings(), Set.of()) : values);
                })
                .toList();
    }

    private static <T> SortedMap<String, T> byType(String kind, Iterable<T> providers, Function<T, String> typeOf) {
        SortedMap<String, T> byType = new TreeMap<>();
        for (T provider : providers) {
            String type = typeOf.apply(provider);
            T other = byType.putIfAbsent(type, provider);
            if (other != null) {
                throw new ProviderException("two plug-ins provide the " + kind + " type '" + type + "': "
                        + other.getClass().getName() + " and "
                        + provider.getClass().getName()
                        + ": take one of them off the class path");
            }
        }
        return byType;
    }

    /** The types, for people. */
    @Override
    public String toString() {
        return "sources " + String.join(", ", sources.keySet()) + "; transports "
                + String.join(", ", transports.keySet());
    }
}

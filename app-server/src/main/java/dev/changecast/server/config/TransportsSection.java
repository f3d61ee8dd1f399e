package dev.changecast.server.config;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.transport.TransportProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** {@code transports}: by type, what each provider describes. Those that are not written are as they set themselves up. */
final class TransportsSection {
    private final SettingReader settings;
    private final Providers providers;
    private final Findings findings;

    TransportsSection(SettingReader settings, Providers providers, Findings findings) {
        this.settings = settings;
        this.providers = providers;
        this.findings = findings;
    }

    /** The settings of those that are written, by type. */
    Map<String, SettingValues> read(Entry.Section section) {
        List<TransportProvider> known = providers.transports();
        settings.refuseUnknown(
                section, known.stream().map(TransportProvider::type).toList());
        Map<String, SettingValues> values = new TreeMap<>();
        for (TransportProvider provider : known) {
            Entry entry = section.get(provider.type());
            if (entry instanceof Entry.Section own) {
                SettingValues read = settings.read(own, provider.settings(), Set.of());
                if (!findings.hasErrorUnder(own.path())) {
                    tryOut(own, provider, read);
                }
                values.put(provider.type(), read);
            } else if (entry != null) {
                findings.error(
                        entry.place(), entry.path(), "here stand settings, such as {path: ...}, not " + entry.kind());
            }
        }
        return values;
    }

    /** What only the transport itself can tell, such as a path that is none. */
    private void tryOut(Entry.Section section, TransportProvider provider, SettingValues values) {
        try {
            provider.create(values).close();
        } catch (ChangecastException e) {
            findings.error(section.place(), section.path(), e.getMessage());
        }
    }
}

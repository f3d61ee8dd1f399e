import { useMemo, useSyncExternalStore } from 'react';
/** @import { LiveOptions, View } from './client/types.js' */

/** @type {View} */
const NOTHING = { rows: [], state: 'loading', error: null };

/**
 * The rows of a collection, kept as they are in the database as long as the component is mounted. Components that ask
 * for the same share one subscription.
 *
 * @param {import('./client/client.js').Client | null | undefined} client without one there are no rows yet
 * @param {string} collection
 * @param {object} [filter] compared by its JSON, so it may be written in place
 * @param {Omit<LiveOptions, 'compare'>} [options] compared in the same way
 * @returns {View}
 */
export function useLive(client, collection, filter, options) {
  const asked = JSON.stringify([collection, filter, options]);
  const store = useMemo(() => {
    const [name, where, how] = JSON.parse(asked);
    /** @type {import('./client/live.js').Live | undefined} */
    let live;
    return {
      subscribe(/** @type {() => void} */ changed) {
        const mine = client?.live(name, where ?? undefined, how ?? undefined);
        live = mine;
        const listening = [mine?.on('update', changed), mine?.on('state', changed)];
        return () => {
          listening.forEach((stop) => stop?.());
          mine?.close();
        };
      },
      view: () => live?.view ?? NOTHING,
    };
  }, [client, asked]);
  return useSyncExternalStore(store.subscribe, store.view, () => NOTHING);
}

import type { LiveOptions, View } from './client/types.js';
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
export declare function useLive(client: import('./client/client.js').Client | null | undefined, collection: string, filter?: object, options?: Omit<LiveOptions, 'compare'>): View;

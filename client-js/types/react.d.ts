/**
 * The rows of a collection, kept as they are in the database as long as the component is mounted. Components that ask
 * for the same share one subscription.
 *
 * @param {import('./client/client.js').Client | null | undefined} client without one there are no rows yet
 * @param {string} collection
 * @param {object} [filter] compared by its JSON, so it may be written in place
 * @param {Omit<import('./client/live.js').LiveOptions, 'compare'>} [options] compared in the same way
 * @returns {import('./client/live.js').View}
 */
export declare function useLive(client: import('./client/client.js').Client | null | undefined, collection: string, filter?: object, options?: Omit<import('./client/live.js').LiveOptions, 'compare'>): import('./client/live.js').View;

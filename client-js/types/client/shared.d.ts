import { Client } from './client.js';
/**
 * One connection for all tabs with the same name. Whichever tab holds the lock leads: it has the connection, and is to
 * the others (and to itself) what the server would be, over a BroadcastChannel. When it goes, the next gets the lock,
 * and all resume with it.
 *
 * @param {import('./client.js').Options & {locks?: any, BroadcastChannel?: any}} options
 * @returns {Client}
 */
export declare function connectShared({ shared, locks, ...options }: import('./client.js').Options & {
    locks?: any;
    BroadcastChannel?: any;
}): Client;

import { Client } from './client.js';
import type { SharedOptions } from './types.js';
/** @import { SharedOptions } from './types.js' */
/**
 * One connection for all tabs with the same name. Whichever tab holds the lock leads: it has the connection, and is to
 * the others (and to itself) what the server would be, over a BroadcastChannel. When it goes, the next gets the lock,
 * and all resume with it.
 *
 * @param {SharedOptions} [options]
 * @returns {Client}
 */
export declare function connectShared({ name, locks, ...options }?: SharedOptions): Client;

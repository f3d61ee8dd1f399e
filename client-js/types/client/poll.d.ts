/** @import { Clock, Link, LinkEvents } from './types.js' */
import type { Clock, Link, LinkEvents } from './types.js';
/**
 * Long polling: one request after the other, each acknowledging the answer before it. A request that waits is given up
 * for one that brings commands; an answer lost by that is sent again. A request that fails is repeated under its number,
 * by which the server knows commands that it has already; after some failures the link is lost, and a new one resumes.
 *
 * @param {typeof globalThis.fetch} fetch
 * @param {string} url
 * @param {() => Record<string, string>} headers
 * @param {Clock} clock
 * @param {LinkEvents} events
 * @returns {Link}
 */
export declare function openPoll(fetch: typeof globalThis.fetch, url: string, headers: () => Record<string, string>, clock: Clock, events: LinkEvents): Link;

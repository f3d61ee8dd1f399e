/** @import { Link, LinkEvents, WebSocketLike } from './types.js' */
import type { Link, LinkEvents, WebSocketLike } from './types.js';
/**
 * @param {new (url: string, protocols: string[]) => WebSocketLike} WebSocket
 * @param {string} url
 * @param {LinkEvents} events
 * @returns {Link}
 */
export declare function openSocket(WebSocket: new (url: string, protocols: string[]) => WebSocketLike, url: string, events: LinkEvents): Link;

/**
 * A way to the server that is open or being opened. `closed` of its events is called once, and nothing after it.
 *
 * @typedef {object} Link
 * @property {'connected' | 'polling'} state what the client calls itself when this link is what it has
 * @property {(command: object) => void} send
 * @property {(code?: number) => void} close no event follows
 *
 * @typedef {object} LinkEvents
 * @property {() => void} open commands can be sent
 * @property {(message: any) => void} message
 * @property {(code: number, reason: string) => void} closed
 */
export type Link = {
    /**
     * what the client calls itself when this link is what it has
     */
    state: 'connected' | 'polling';
    send: (command: object) => void;
    /**
     * no event follows
     */
    close: (code?: number) => void;
};
export type LinkEvents = {
    /**
     * commands can be sent
     */
    open: () => void;
    message: (message: any) => void;
    closed: (code: number, reason: string) => void;
};
export type WebSocketLike = {
    onopen: ((event: any) => void) | null;
    onmessage: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    send: (text: string) => void;
    close: (code?: number, reason?: string) => void;
};
/**
 * What of a WebSocket is used: those of browsers, of Node.js and of the package `ws` have it.
 *
 * @typedef {object} WebSocketLike
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 * @property {(text: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 */
/**
 * @param {new (url: string, protocols: string[]) => WebSocketLike} WebSocket
 * @param {string} url
 * @param {LinkEvents} events
 * @returns {Link}
 */
export declare function openSocket(WebSocket: new (url: string, protocols: string[]) => WebSocketLike, url: string, events: LinkEvents): Link;

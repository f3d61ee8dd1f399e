/**
 * Where the server's parts are. The given address is that of the server, of its page, or of its WebSocket:
 * `https://example.com`, `wss://example.com/ws`, `/live/ws`.
 *
 * @param {string | URL | undefined} url relative to the page; without one, the page's own server
 * @param {string | boolean | undefined} poll the address of long polling, where it is another
 * @returns {{ socket: string, poll: string }}
 */
export declare function addresses(url: string | URL | undefined, poll: string | boolean | undefined): {
    socket: string;
    poll: string;
};
/**
 * @param {string} address
 * @param {string} name
 * @param {string | null | undefined} value nothing is added without one
 */
export declare function withParameter(address: string, name: string, value: string | null | undefined): string;

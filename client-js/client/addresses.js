const HTTP = /^http/;

/**
 * Where the server's parts are. The given address is that of the server, of its page, or of its WebSocket:
 * `https://example.com`, `wss://example.com/ws`, `/live/ws`.
 *
 * @param {string | URL | undefined} url relative to the page; without one, the page's own server
 * @param {string | boolean | undefined} poll the address of long polling, where it is another
 * @returns {{ socket: string, poll: string }}
 */
export function addresses(url, poll) {
  const page = globalThis.location?.href;
  let base;
  try {
    base = new URL(url ?? '/', page);
  } catch {
    throw new TypeError(`url is an address such as "wss://example.com/ws", not ${JSON.stringify(url)}`);
  }
  if (!/^(http|ws)s?:$/.test(base.protocol)) {
    throw new TypeError(`url begins with https:, wss:, http: or ws:, not ${base.protocol}`);
  }
  base.protocol = base.protocol.replace('ws', 'http');
  base.hash = '';
  const root = base.pathname.replace(/\/(ws)?$/, '');
  const at = (path) => {
    const address = new URL(base);
    address.pathname = root + path;
    return address.href;
  };
  return {
    socket: at('/ws').replace(HTTP, 'ws'),
    poll: typeof poll === 'string' ? new URL(poll, base).href : at('/poll'),
  };
}

/**
 * @param {string} address
 * @param {string} name
 * @param {string | null | undefined} value nothing is added without one
 */
export function withParameter(address, name, value) {
  if (value == null) {
    return address;
  }
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}

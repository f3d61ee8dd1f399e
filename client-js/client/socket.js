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
export function openSocket(WebSocket, url, events) {
  const socket = new WebSocket(url, ['changecast.v1']);
  const silence = () => {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
  };
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      silence();
      socket.close();
      events.closed(1007, 'the server sent something that is not JSON');
      return;
    }
    events.message(message);
  };
  socket.onerror = () => {}; // The close that follows says as much.
  socket.onclose = ({ code, reason }) => {
    silence();
    events.closed(code ?? 1006, String(reason ?? ''));
  };
  return {
    state: 'connected',
    send: (command) => socket.send(JSON.stringify(command)),
    close: (code = 1000) => {
      silence();
      socket.close(code);
    },
  };
}

/** @import { Link, LinkEvents, WebSocketLike } from './types.js' */

/**
 * @param {new (url: string, protocols: string[]) => WebSocketLike} WebSocket
 * @param {string} url
 * @param {LinkEvents} events
 * @returns {Link}
 */
export function openSocket(WebSocket, url, events) {
  let socket;
  try {
    socket = new WebSocket(url, ['changecast.v1']);
  } catch (error) {
    // A page's policy, or https: that asks for ws:. Where polling is allowed it goes on.
    queueMicrotask(() => events.closed(1006, String(error)));
    return { state: 'connected', send() {}, close: () => (events = { ...events, closed() {} }) };
  }
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

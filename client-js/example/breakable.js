/** WebSockets that can be cut, and refused, as networks do. */
export function breakable() {
  const open = new Set();
  let refusing = false;

  class Breakable extends WebSocket {
    constructor(...address) {
      if (refusing) {
        return refused();
      }
      super(...address);
      open.add(this);
      this.addEventListener('close', () => open.delete(this));
    }
  }

  const cut = () => open.forEach((socket) => socket.close());
  return {
    WebSocket: Breakable,
    cut,
    refuse: (refuse) => {
      refusing = refuse;
      if (refuse) {
        cut();
      }
    },
  };
}

/** What a WebSocket looks like that a proxy does not let through. */
function refused() {
  const socket = { close() {}, onclose: null };
  setTimeout(() => socket.onclose?.({ code: 1006, reason: '' }), 50);
  return socket;
}

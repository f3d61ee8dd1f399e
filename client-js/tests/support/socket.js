import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The least WebSocket client that the tests need where Node.js brings none: text, ping and close, no extensions. */
export class NodeSocket {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  #socket;
  #request;
  #bytes = Buffer.alloc(0);
  #closed = false;

  constructor(url, protocols) {
    const key = randomBytes(16).toString('base64');
    this.#request = request(url.replace(/^ws/, 'http'), {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': 13,
        'Sec-WebSocket-Key': key,
        'Sec-WebSocket-Protocol': protocols.join(', '),
      },
    });
    this.#request.on('upgrade', (response, socket, head) => {
      const accept = createHash('sha1').update(key + MAGIC).digest('base64');
      if (response.headers['sec-websocket-accept'] !== accept) {
        socket.destroy();
        this.#end(1006);
        return;
      }
      this.#socket = socket;
      socket.setNoDelay();
      socket.on('data', (data) => this.#read(data));
      socket.on('error', () => {});
      socket.on('close', () => this.#end(1006));
      this.onopen?.({});
      this.#read(head);
    });
    this.#request.on('response', (response) => {
      response.resume();
      this.#end(1006);
    });
    this.#request.on('error', () => this.#end(1006));
    this.#request.end();
  }

  send(text) {
    this.#write(1, Buffer.from(text));
  }

  close(code = 1000) {
    if (this.#socket) {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      this.#write(8, payload);
      this.#socket.end();
    } else {
      this.#request.destroy();
    }
  }

  #end(code, reason = '') {
    if (!this.#closed) {
      this.#closed = true;
      this.#socket?.destroy();
      this.onclose?.({ code, reason });
    }
  }

  #read(data) {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    for (;;) {
      const bytes = this.#bytes;
      const short = bytes.length > 1 ? bytes[1] & 127 : 0;
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (bytes.length < start) {
        return;
      }
      const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
      if (bytes.length < start + length) {
        return;
      }
      const payload = bytes.subarray(start, start + length);
      this.#bytes = bytes.subarray(start + length);
      this.#frame(bytes[0] & 15, payload);
    }
  }

  #frame(type, payload) {
    if (type === 1) {
      this.onmessage?.({ data: payload.toString() });
    } else if (type === 8) {
      this.#end(payload.length ? payload.readUInt16BE(0) : 1005, payload.subarray(2).toString());
    } else if (type === 9) {
      this.#write(10, payload);
    }
  }

  #write(type, payload) {
    const { length } = payload;
    const head = Buffer.alloc(length > 65_535 ? 10 : length > 125 ? 4 : 2);
    head[0] = 128 | type;
    head[1] = 128 | (length > 65_535 ? 127 : length > 125 ? 126 : length);
    if (length > 65_535) {
      head.writeBigUInt64BE(BigInt(length), 2);
    } else if (length > 125) {
      head.writeUInt16BE(length, 2);
    }
    const mask = randomBytes(4);
    this.#socket.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]));
  }
}

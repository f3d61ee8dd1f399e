// A page as people write them, and what happened to it: the tests read `seen`, `client` and `live`.
import { connect, connectShared } from '/client.js';

const seen = { states: [], resets: [], errors: [], asked: [], updates: 0, gone: 0 };
Object.assign(window, { seen, start, byId, frames });

/**
 * @param {object} options of the client, and `shared`: for all tabs; `tokens`: what the callback gives, one after the other
 */
function start({ shared, tokens, draw = true, ...options } = {}) {
  if (tokens) {
    options.token = (why) => {
      seen.asked.push(why ?? null);
      return tokens.shift();
    };
  }
  const client = (shared ? connectShared : connect)(options);
  const live = client.live('workstations');
  Object.assign(window, { client, live });
  seen.states.push(client.state);
  client.on('state', ({ state }) => {
    seen.states.push(state);
    document.querySelector('#state').textContent = state;
  });
  client.on('error', ({ code, reason, message }) => seen.errors.push({ code, reason, message }));
  live.on('reset', ({ reason }) => seen.resets.push(reason));
  live.on('update', (update) => {
    seen.updates++;
    seen.gone += update.removed.length;
    if (draw) {
      show(update);
    }
  });
}

const cells = new Map();

/** Draws what an update has changed, and nothing else. */
function show({ added, changed, removed, source }) {
  const body = document.querySelector('#rows');
  if (!source) {
    body.replaceChildren();
    cells.clear();
  }
  removed.forEach(({ id }) => cells.get(id)?.remove());
  removed.forEach(({ id }) => cells.delete(id));
  added.forEach((row) => {
    const line = document.createElement('tr');
    cells.set(row.id, line);
    write(line, row);
  });
  changed.forEach(({ row }) => write(cells.get(row.id), row));
  if (added.length) {
    body.append(...window.live.rows.map(({ id }) => cells.get(id)));
  }
}

function write(line, { id, name, status, employee }) {
  line.replaceChildren(...[id, name, status, employee].map((text) => {
    const cell = document.createElement('td');
    cell.textContent = text;
    return cell;
  }));
}

/** What the page shows, by id. */
function byId() {
  return Object.fromEntries(window.live.rows.map(({ id, employee }) => [id, employee]));
}

/** The times between the frames of so many milliseconds. */
function frames(ms) {
  return new Promise((resolve) => {
    const gaps = [];
    const began = performance.now();
    let last = began;
    const frame = (now) => {
      gaps.push(now - last);
      last = now;
      if (now - began < ms) {
        requestAnimationFrame(frame);
      } else {
        resolve(gaps.slice(1).map(Math.round).sort((a, b) => a - b));
      }
    };
    requestAnimationFrame(frame);
  });
}

// Shows what a client has: its state and the way there, its offset, its rows, and the transactions as they come.
import { connect } from '../client.js';
import { Rows } from './rows.js';
import { breakable } from './breakable.js';

const STATES = 6;
const EVENTS = 40;
const COLUMNS = 3;

const byId = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);
const rows = new Rows(byId('columns'), byId('rows'));
const { WebSocket, cut, refuse } = breakable();
const client = connect({ url: parameters.get('url') ?? undefined, WebSocket });
const arrivals = [];
let skew = 0;
let transactions = 0;
let resets = 0;
let connections = 0;
let close = () => {};

// ---- The connection

function showState(state, error) {
  const pill = byId('state');
  pill.dataset.state = state;
  pill.textContent = state;
  pill.title = error?.message ?? '';
  byId('way').textContent = { connected: 'WebSocket', polling: 'long polling' }[state] ?? '–';
  const step = node('li', node('time', new Date().toLocaleTimeString()), ' ', node('b', state));
  step.dataset.state = state;
  byId('path').append(step);
  while (byId('path').children.length > STATES) {
    byId('path').firstElementChild.remove();
  }
}

client.on('state', ({ state, error }) => showState(state, error));
client.on('welcome', ({ session, server_time: now }) => {
  byId('session').textContent = session;
  byId('connections').textContent = ++connections;
  const difference = Date.now() - Date.parse(now);
  skew = Math.abs(difference) > 1000 ? difference : 0; // On one machine the clocks are one.
});
showState(client.state);

function showOffset() {
  const [offset] = Object.values(client.offsets);
  byId('offset').textContent = offset?.split('.').at(-1) ?? '–';
  byId('offset').title = JSON.stringify(client.offsets);
}

byId('cut').addEventListener('click', cut);
byId('refuse').addEventListener('change', ({ target }) => refuse(target.checked));

// ---- The subscription

function show(collection, filter, orderBy) {
  close();
  byId('problem').hidden = true;
  rows.replace([]);
  showCount('loading');
  const live = client.live(collection, filter, orderBy.length ? { orderBy } : {});
  live.on('update', (update) => {
    rows.apply(update, live.rows);
    showCount(live.state);
    showOffset();
  });
  live.on('state', showCount);
  live.on('reset', () => (byId('resets').textContent = ++resets));
  live.on('error', ({ message }) => problem(message));
  // The same subscription, looked at change by change.
  const changes = client.subscribe(collection, { filter }, {
    changes: (changed, transaction) => afterPainting(() => tell(changed, transaction)),
  });
  close = () => [live, changes].forEach((each) => each.close());

  function showCount(state) {
    byId('count').textContent = `${live?.rows.length ?? 0} rows, ${state}`;
  }
}

function problem(message) {
  byId('problem').textContent = message;
  byId('problem').hidden = false;
}

function submit() {
  const { collection, filter, order } = Object.fromEntries(new FormData(byId('form')));
  try {
    show(collection, filter.trim() ? JSON.parse(filter) : undefined, order.split(/[\s,]+/).filter(Boolean));
  } catch (error) {
    problem(`The filter is JSON, such as {"status": "occupied"}: ${error.message}`);
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});
['collection', 'filter', 'order'].forEach((name) => {
  byId(name).value = parameters.get(name) ?? { collection: 'workstations' }[name] ?? '';
});
submit();

// ---- Transactions

function tell(changes, { tx, offset }) {
  const took = Math.max(0, Date.now() - Date.parse(changes.at(-1).timestamp) - skew);
  byId('latency').textContent = `${took} ms`;
  byId('transactions').textContent = ++transactions;
  arrivals.push(performance.now());
  byId('events').querySelector('.empty')?.remove();
  const names = changes.slice(0, 3).map(({ action, key, data, unchanged }) => node('p', node('b', action), ' ', text(key, data, unchanged)));
  const more = changes.length > 3 ? [node('p', `and ${changes.length - 3} more`)] : [];
  const origin = node('p', `tx ${tx} · ${offset.split('.').at(-1)} · ${took} ms`);
  origin.className = 'origin';
  byId('events').prepend(node('li', ...names, ...more, origin));
  while (byId('events').children.length > EVENTS) {
    byId('events').lastElementChild.remove();
  }
}

function text(key, data = {}) {
  const name = key ? Object.values(key).join('/') : 'all rows';
  const columns = Object.entries(data).filter(([column, value]) => !(key && column in key) && value !== null);
  return `${name}  ${columns.slice(0, COLUMNS).map(([column, value]) => `${column}: ${short(value)}`).join(', ')}`;
}

function short(value) {
  const plain = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return plain.length > 24 ? `${plain.slice(0, 23)}…` : plain;
}

function node(name, ...content) {
  const created = document.createElement(name);
  created.append(...content);
  return created;
}

function afterPainting(then) {
  if (document.visibilityState === 'visible') {
    requestAnimationFrame(then);
  } else {
    then();
  }
}

setInterval(() => {
  while (arrivals[0] < performance.now() - 5000) {
    arrivals.shift();
  }
  byId('rate').textContent = (arrivals.length / 5).toFixed(arrivals.length < 50 ? 1 : 0);
  showOffset();
}, 500);

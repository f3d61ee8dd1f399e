// Shows what a client has: its state and the way there, its offset, its rows, and the transactions as they come.
import { connect } from '../client.js';
import { Rows, written } from './rows.js';
import { breakable } from './breakable.js';

const STATES = 4;
const EVENTS = 40;
const LINES = 4;

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
  byId('path').prepend(step);
  while (byId('path').children.length > STATES) {
    byId('path').lastElementChild.remove();
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

function show(collection, filter, columns, orderBy) {
  close();
  byId('problem').hidden = true;
  rows.replace([]);
  let latest;
  const live = client.live(collection, filter, { columns, orderBy });
  live.on('update', (update) => {
    latest = update;
    rows.apply(update, live.rows);
    showCount();
    showOffset();
  });
  live.on('state', showCount);
  live.on('reset', () => (byId('resets').textContent = ++resets));
  live.on('error', ({ message }) => problem(message));
  // The same subscription, looked at change by change: those have the time of the commit.
  const changes = client.subscribe(collection, { filter, columns }, {
    changes: (all) => {
      const update = latest;
      afterPainting(() => tell(update, Date.parse(all.at(-1).timestamp) + skew));
    },
  });
  close = () => [live, changes].forEach((each) => each.close());
  showCount();

  function showCount() {
    byId('count').textContent = `${live.rows.length} rows, ${live.state}`;
    byId('count').dataset.state = live.state;
  }
}

function problem(message) {
  byId('problem').textContent = message;
  byId('problem').hidden = false;
}

function submit() {
  const { collection, filter, columns, order } = Object.fromEntries(new FormData(byId('form')));
  let conditions;
  try {
    conditions = filter.trim() ? JSON.parse(filter) : undefined;
  } catch (error) {
    problem(`A filter is JSON, such as {"status": "occupied"}. ${error.message}`);
    return;
  }
  show(collection, conditions, names(columns), names(order));
}

/** @returns {string[] | undefined} */
function names(list) {
  const found = list.split(/[\s,]+/).filter(Boolean);
  return found.length ? found : undefined;
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});
for (const name of [...new FormData(byId('form')).keys()]) {
  byId('form').elements[name].value = parameters.get(name) ?? (name === 'collection' ? 'workstations' : '');
}
submit();

// ---- Transactions

function tell({ added, changed, removed, tx, offset }, committed) {
  const took = Math.max(0, Date.now() - committed);
  byId('latency').textContent = `${took} ms`;
  byId('transactions').textContent = ++transactions;
  arrivals.push(performance.now());
  byId('events').querySelector('.empty')?.remove();
  const lines = [
    ...added.map((row) => node('p', node('b', named(row)), ' came')),
    ...changed.map(({ row, old }) => node('p', node('b', named(row)), ' ', ...differences(row, old))),
    ...removed.map((row) => node('p', node('b', named(row)), ' went')),
  ];
  const more = lines.length > LINES ? [node('p', `and ${lines.length - LINES} more`)] : [];
  const origin = node('p', `tx ${tx} · ${offset.split('.').at(-1)} · ${took} ms`);
  origin.className = 'origin';
  byId('events').prepend(node('li', ...lines.slice(0, LINES), ...more, origin));
  while (byId('events').children.length > EVENTS) {
    byId('events').lastElementChild.remove();
  }
}

function named(row) {
  return String(row.name ?? row.title ?? Object.values(row)[0]);
}

function differences(row, old) {
  const columns = Object.keys(row).filter((column) => written(row[column]) !== written(old[column]));
  const shown = columns.filter((column) => !/_at$/.test(column));
  return (shown.length ? shown : columns).slice(0, 3).flatMap((column, i) => [
    i ? ', ' : '', `${column} `, node('s', short(old[column])), ' ', node('span', short(row[column])),
  ]);
}

function short(value) {
  const text = written(value);
  return text.length > 20 ? `${text.slice(0, 19)}…` : text || '–';
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

// Puts the page together: rows come from the live collection, everything else shows them.

import { connect } from '../client.js';
import { Feed, LatencyMeter, Legend } from './feed.js';
import { Panel } from './panel.js';
import { FloorPlan } from './plan.js';

const byId = (id) => document.getElementById(id);

const plan = new FloorPlan(byId('floors'), choose);
const legend = new Legend(byId('legend'));
const feed = new Feed(byId('changes'));
const meter = new LatencyMeter(byId('latency'), byId('sparkline'));
const panel = new Panel(document);

const client = connect();
const live = client.live('workstations');
let clockSkewMs = 0;

client.on('welcome', ({ server_time: now }) => {
  const skew = Date.now() - Date.parse(now);
  clockSkewMs = Math.abs(skew) > 1000 ? skew : 0; // on one machine the clocks are one
});
client.on('state', ({ error }) => showState(error));
live.on('state', () => showState(live.error));
live.on('reset', ({ reason }) => notify(`starting over: ${reason}`));
live.on('update', show);
client.on('notification', (message) => {
  const committed = Date.parse(message.timestamp) + clockSkewMs;
  afterPainting(() => feed.tell(message, Math.max(0, Date.now() - committed)));
});

// The same subscription, change by change: those have the time of the commit.
let latest;
client.subscribe('workstations', {}, { changes: (changes) => applied(latest, changes.at(-1).timestamp) });

function show(update) {
  latest = update;
  legend.show(live.rows);
  if (!update.source || live.rows.length === 0) {
    plan.replace(live.rows);
    return;
  }
  update.removed.forEach(({ id }) => plan.remove(id));
  [...update.added, ...update.changed.map(({ row }) => row)].forEach((row) => {
    plan.put(row);
    plan.flash(row.id);
    panel.changed(row);
  });
}

function applied(update, timestamp) {
  const committed = Date.parse(timestamp) + clockSkewMs;
  const commit = { tx: update.tx, offset: update.offset, changes: changesOf(update) };
  afterPainting(() => {
    const latency = Math.max(0, Date.now() - committed);
    meter.add(latency);
    feed.add(commit, latency);
    byId('transactions').textContent = feed.count;
    panel.arrived(commit.tx, latency);
  });
}

function changesOf({ added, changed, removed }) {
  if (removed.length > 1 && live.rows.length === 0) {
    return [{ action: 'truncate' }];
  }
  return [
    ...changed.map(({ row, old }) => ({ action: 'update', before: old, after: row })),
    ...added.map((row) => ({ action: 'insert', after: row })),
    ...removed.map((row) => ({ action: 'delete', before: row })),
  ];
}

function afterPainting(show) {
  if (document.visibilityState === 'visible') {
    requestAnimationFrame(() => show());
  } else {
    show();
  }
}

function choose(id) {
  const people = [...new Set(live.rows.map((row) => row.employee).filter(Boolean))].sort();
  panel.open(live.get(id), people);
}

function showState(error) {
  const there = ['connected', 'polling'].includes(client.state);
  const state = there ? { ready: 'live', loading: 'connecting', stale: 'reconnecting' }[live.state] : client.state;
  const pill = byId('state');
  pill.dataset.state = state ?? 'disconnected';
  pill.textContent = pill.dataset.state;
  notify(error?.message);
}

function notify(text) {
  byId('notice').hidden = !text;
  byId('notice').textContent = text ?? '';
}

async function showDatabase() {
  const { host, port, database, user, psql, example, notify: telling } = await (await fetch('demo/database')).json();
  const list = byId('database');
  Object.entries({ host, port, database, user }).forEach(([name, value]) => {
    const pair = document.createElement('div');
    const term = document.createElement('dt');
    const description = document.createElement('dd');
    term.textContent = name;
    description.textContent = value;
    pair.append(term, description);
    list.append(pair);
  });
  byId('psql').textContent = psql;
  byId('example').textContent = example;
  byId('notify').textContent = telling;
}

document.querySelectorAll('.copy').forEach((button) => button.addEventListener('click', async () => {
  await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
}));

showDatabase();

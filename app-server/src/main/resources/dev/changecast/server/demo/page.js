// Puts the page together: rows come from the live collection, everything else shows them.

import { LiveCollection } from './connection.js';
import { Feed, LatencyMeter, Legend } from './feed.js';
import { Panel } from './panel.js';
import { FloorPlan } from './plan.js';

const byId = (id) => document.getElementById(id);

const rows = new Map();
const plan = new FloorPlan(byId('floors'), choose);
const legend = new Legend(byId('legend'));
const feed = new Feed(byId('changes'));
const meter = new LatencyMeter(byId('latency'), byId('sparkline'));
const panel = new Panel(document);

const address = new URL('/ws', location.href);
address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

const live = new LiveCollection({
  url: address.href,
  collection: 'workstations',
  readRows: async () => (await fetch('demo/workstations')).json(),
  onState: showState,
  onRows: replaceRows,
  onCommit: applyCommit,
});

function replaceRows(fresh) {
  rows.clear();
  fresh.forEach((row) => rows.set(row.id, row));
  plan.replace(fresh);
  legend.show(fresh);
}

function applyCommit(commit) {
  commit.changes = commit.changes.map(applyChange);
  legend.show([...rows.values()]);
  const committed = Date.parse(commit.changes.at(-1).timestamp) + live.clockSkewMs;
  afterPainting(() => {
    const latency = Math.max(0, Date.now() - committed);
    meter.add(latency);
    feed.add(commit, latency);
    byId('transactions').textContent = feed.count;
    panel.arrived(commit.tx, latency);
  });
}

// A message's `data` is merged into the row: unchanged large values may be absent.
function applyChange({ action, key, data, timestamp }) {
  if (action === 'truncate') {
    replaceRows([]);
    return { action, before: null, after: null, timestamp };
  }
  const before = rows.get(key.id) ?? null;
  if (action === 'delete') {
    rows.delete(key.id);
    plan.remove(key.id);
    return { action, before: before ?? data, after: null, timestamp };
  }
  const after = { ...before, ...data };
  rows.set(key.id, after);
  plan.put(after);
  plan.flash(key.id);
  panel.changed(after);
  return { action, before, after, timestamp };
}

function afterPainting(show) {
  if (document.visibilityState === 'visible') {
    requestAnimationFrame(() => show());
  } else {
    show();
  }
}

function choose(id) {
  const people = [...new Set([...rows.values()].map((row) => row.employee).filter(Boolean))].sort();
  panel.open(rows.get(id), people);
}

function showState(state, why) {
  const pill = byId('state');
  pill.dataset.state = state;
  pill.textContent = state;
  const notice = byId('notice');
  notice.hidden = state === 'live' || !why;
  notice.textContent = why ?? '';
}

async function showDatabase() {
  const { host, port, database, user, psql, example } = await (await fetch('demo/database')).json();
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
}

document.querySelectorAll('.copy').forEach((button) => button.addEventListener('click', async () => {
  await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
}));
window.addEventListener('online', () => live.hurry());

live.connect();
showDatabase();

import { connect } from '/client.js';
import { Card } from './card.js';

const ASK_MS = 500;
const KEPT = 7;

async function status() {
  const response = await fetch('/status');
  if (!response.ok) {
    throw new Error(`the application answers ${response.status}`);
  }
  return response.json();
}

async function act(name, action) {
  const response = await fetch(`/databases/${name}/${action}`, { method: 'POST' });
  if (!response.ok) {
    alert(await response.text());
  }
}

const shop = new Card({
  name: 'shop',
  title: 'Orders',
  kind: 'PostgreSQL, logical decoding',
  id: 'id',
  columns: [
    ['Order', ({ id }) => `#${id}`],
    ['Customer', ({ customer }) => customer],
    ['Goods', ({ goods }) => goods],
    ['State', ({ state }) => state, 'chip'],
  ],
}, act);
const scans = new Card({
  name: 'scans',
  title: 'Scans',
  kind: 'Redis, a stream',
  id: 'id',
  columns: [
    ['Parcel', ({ parcel }) => parcel],
    ['Place', ({ place }) => place],
    ['Event', ({ event }) => event, 'chip'],
  ],
}, act);
const fleet = new Card({
  name: 'fleet',
  title: 'Couriers',
  kind: 'MongoDB (a stand-in), change stream',
  id: '_id',
  columns: [
    ['Courier', ({ _id }) => _id],
    ['District', (row) => row['place.district']],
    ['Parcels', ({ parcels }) => String(parcels)],
    ['State', ({ state }) => state, 'chip'],
  ],
}, act);
const cards = [shop, scans, fleet];
document.getElementById('cards').append(...cards.map(({ root }) => root));

// ---- How the databases are

async function look() {
  try {
    const { databases, health } = await status();
    for (const card of cards) {
      const database = databases.find(({ name }) => name === card.name);
      const source = health?.sources.find(({ name }) => name === card.name);
      card.state(database, source);
    }
  } catch {
    // The application is gone, or not there yet. The rows go on all the same, as long as the server has them.
  }
  setTimeout(look, ASK_MS);
}

// ---- What happens in them: one connection for all three

function open(server) {
  const client = connect({ url: server });
  client.on('state', ({ state, error }) => {
    const pill = document.getElementById('connection');
    pill.textContent = error?.message ?? state;
    pill.dataset.state = state;
  });
  for (const [card, collection] of [[shop, 'orders'], [fleet, 'couriers']]) {
    const live = client.live(collection, undefined, { orderBy: ['-n'] });
    live.on('update', ({ source, added, changed }) => {
      card.show(live.rows, source ? added.length + changed.length : 0, live.rows[0]?.n ?? 0);
    });
  }
  // Entries of a stream are no table: the last ones are kept here.
  let last = [];
  client.subscribe('scans', { snapshot: false }, {
    changes: (changes) => {
      last = [...changes.map(({ data }) => data).reverse(), ...last].slice(0, KEPT);
      scans.show(last, changes.length, last[0].n);
    },
  });
}

async function begin() {
  try {
    open((await status()).server);
    look();
  } catch {
    setTimeout(begin, ASK_MS);
  }
}

begin();

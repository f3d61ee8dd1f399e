// The list of the last transactions, the legend with its counts, and the latency.

import { STATUSES } from './plan.js';

const SHOWN = 30;
const SAMPLES = 36;
const WATCHED = ['status', 'employee', 'notes', 'department', 'name'];

export class Feed {
  constructor(list) {
    this.list = list;
    this.count = 0;
  }

  /** @param commit with changes that have `before` and `after`, the rows as this page had and has them */
  add(commit, latencyMs) {
    this.count++;
    this.show(...commit.changes.map(line), origin(commit, latencyMs));
  }

  /** @param message that somebody sent, to everybody */
  tell({ content, tx }, latencyMs) {
    const paragraph = node('p', '');
    paragraph.append(node('span', 'notification', 'person'), ' ', node('strong', content?.title ?? JSON.stringify(content)));
    this.show(paragraph, origin({ tx: tx ?? '–', changes: [] }, latencyMs));
  }

  show(...parts) {
    this.list.querySelector('.empty')?.remove();
    const item = document.createElement('li');
    item.append(...parts);
    this.list.prepend(item);
    while (this.list.children.length > SHOWN) {
      this.list.lastElementChild.remove();
    }
  }
}

function line({ action, before, after }) {
  const row = after ?? before;
  const paragraph = node('p', '');
  paragraph.append(node('strong', row?.name ?? 'all workstations'), ' ');
  if (action === 'update' && before) {
    const changed = WATCHED.filter((column) => before[column] !== after[column]);
    changed.forEach((column, i) => paragraph.append(i ? ', ' : '', ...difference(column, before[column], after[column])));
    if (changed.length === 0) {
      paragraph.append('was touched');
    }
  } else {
    paragraph.append({ insert: 'was added', delete: 'was taken away', truncate: 'are gone' }[action] ?? 'changed');
  }
  return paragraph;
}

function difference(column, before, after) {
  if (column === 'status') {
    return [badge(before), ' → ', badge(after)];
  }
  if (column === 'employee') {
    return after ? [node('span', after, 'person')] : [node('s', before, 'person')];
  }
  return [`${column} `, node('span', after ?? 'cleared', 'person')];
}

function origin({ tx, offset, changes }, latencyMs) {
  const small = node('p', '', 'origin');
  const rows = changes.length > 1 ? `${changes.length} rows in one ` : '';
  small.append(node('time', new Date().toLocaleTimeString()), node('span', `${rows}tx ${tx}`));
  if (offset) {
    small.append(node('span', `offset ${offset.split('.').at(-1)}`));
    small.title = `offset ${offset}`;
  }
  small.append(node('span', latencyMs === null ? '' : `${latencyMs} ms`));
  return small;
}

function badge(status) {
  const span = node('span', status, 'badge');
  span.dataset.status = status;
  return span;
}

function node(name, content, className) {
  const created = document.createElement(name);
  created.textContent = content;
  if (className) {
    created.className = className;
  }
  return created;
}

/** How many workstations have which status. */
export class Legend {
  constructor(list) {
    this.counts = new Map(STATUSES.map((status) => {
      const item = node('li', '');
      item.dataset.status = status;
      const count = node('b', '–');
      item.append(node('i', ''), `${status} `, count);
      list.append(item);
      return [status, count];
    }));
  }

  show(rows) {
    this.counts.forEach((count, status) => {
      count.textContent = rows.filter((row) => row.status === status).length;
    });
  }
}

/** The latency of the last changes, as a number and a row of bars. */
export class LatencyMeter {
  constructor(number, graph) {
    this.number = number;
    this.graph = graph;
    this.samples = [];
  }

  add(ms) {
    this.number.textContent = `${ms} ms`;
    this.samples = [...this.samples, ms].slice(-SAMPLES);
    const most = Math.max(20, ...this.samples);
    const bars = this.samples.map((sample, i) => {
      const height = Math.max(1.5, (sample / most) * 20);
      return `M${(SAMPLES - this.samples.length + i) * 2 + 1} 20v-${height.toFixed(1)}`;
    });
    this.graph.innerHTML = `<path d="${bars.join('')}"/>`;
  }
}

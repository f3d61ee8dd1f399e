/** Lines over the last ten minutes, as SVG. */
import { h, clock } from './page.js';

const SVG = 'http://www.w3.org/2000/svg';
const SPAN = 600_000;
const HEIGHT = 128;
const LEFT = 56;
const BOTTOM = 16;
const TOP = 6;

/** What a person points at; the same moment in all plots. */
let pointed = null;
const plots = new Set();

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The next round number at or above a value. */
function ceiling(value, binary) {
  if (!(value > 0)) return binary ? 1024 : 1;
  if (binary) return 2 ** Math.ceil(Math.log2(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].find((one) => one * power >= value * (1 - 1e-9)) * power;
}

function linear(top) {
  return { ticks: [0, top / 2, top], share: (value) => value / top };
}

/** Each line ten times the one below, so that what is usual can be read beside what was rare; what is smaller is the lowest line. */
function decades(low, highest) {
  const count = Math.max(2, Math.ceil(Math.log10(Math.max(highest, low) / low) - 1e-9));
  return {
    ticks: Array.from({ length: count + 1 }, (_, i) => low * 10 ** i),
    share: (value) => Math.max(0, Math.log10(value / low) / count),
  };
}

/** The values of all series of a server, by their times; at most ten minutes of them. */
export class History {
  times = [];
  series = new Map();
  next = 0;

  /** @param told the answer's part */
  add(told) {
    // A server that begins anew counts anew; and somebody may set its clock.
    if (told.next < this.next || told.times[0] <= this.times.at(-1)) this.clear();
    this.next = told.next;
    this.times.push(...told.times);
    const drop = this.times.findIndex((time) => time >= this.times.at(-1) - SPAN);
    told.series.forEach((name, i) => {
      const values = this.series.get(name) ?? [];
      values.push(...told.values[i]);
      this.series.set(name, values);
      if (drop > 0) values.splice(0, drop);
    });
    if (drop > 0) this.times.splice(0, drop);
  }

  clear() {
    this.times = [];
    this.series.clear();
    this.next = 0;
  }

  values(name) {
    return this.series.get(name) ?? [];
  }

  /** The newest value, not older than a minute; null when there is none. */
  latest(name) {
    return this.values(name).slice(-30).findLast((value) => value !== null) ?? null;
  }
}

/** One plot. */
export class Plot {
  /**
   * @param {{title: string, lines: {name: string, label: string}[], format: function(number): string, least?: number,
   *   binary?: boolean, decades?: number}} options `least` is the smallest upper end of the scale, `decades` the lower end of
   *   one on which each line is ten times the one below
   */
  constructor(options) {
    this.options = options;
    this.area = svg('svg', { class: 'plot', height: HEIGHT, role: 'img', 'aria-label': `${options.title} over the last ten minutes` });
    this.legend = h('p', { class: 'legend' });
    this.draws(options.lines);
    this.when = h('span', { class: 'soft' });
    this.element = h('figure', { class: 'card' }, h('figcaption', {}, h('h3', {}, options.title), this.when), this.legend, this.area);
    this.area.addEventListener('pointermove', (event) => point(this.timeAt(event)));
    this.area.addEventListener('pointerleave', () => point(null));
    new ResizeObserver(() => this.draw()).observe(this.element);
    plots.add(this);
  }

  /** @param {{name: string, label: string}[]} lines from now on */
  draws(lines) {
    if (this.lines?.map((line) => line.name).join() === lines.map((line) => line.name).join()) return;
    this.lines = lines;
    this.values = lines.map(() => h('b'));
    this.legend.replaceChildren(...lines.map((line, i) => h('span', { 'data-line': i }, h('i'), line.label, ' ', this.values[i])));
  }

  timeAt(event) {
    const box = this.area.getBoundingClientRect();
    return this.from + ((event.clientX - box.left - LEFT) / (box.width - LEFT)) * SPAN;
  }

  /** @param {History} history */
  show(history) {
    this.history = history;
    this.draw();
  }

  draw() {
    const { history, options } = this;
    const width = this.element.clientWidth - 20;
    if (!history || width <= LEFT) return;
    const times = history.times;
    const to = times.at(-1) ?? Date.now();
    this.from = to - SPAN;
    const lines = this.lines.map((line) => history.values(line.name));
    let highest = options.least ?? 0;
    for (const values of lines) for (const value of values) if (value > highest) highest = value;
    const scale = options.decades ? decades(options.decades, highest) : linear(ceiling(highest, options.binary));
    const x = (time) => LEFT + ((time - this.from) / SPAN) * (width - LEFT);
    const y = (value) => TOP + (1 - scale.share(value)) * (HEIGHT - TOP - BOTTOM);
    const parts = scale.ticks.flatMap((tick) => [
      svg('line', { class: 'grid', x1: LEFT, x2: width, y1: y(tick), y2: y(tick) }),
      svg('text', { class: 'tick', x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end' }, options.format(tick)),
    ]);
    [10, 5, 0].forEach((minutes) => parts.push(svg('text', {
      class: 'tick', x: x(to - minutes * 60_000), y: HEIGHT - 3, 'text-anchor': minutes === 0 ? 'end' : minutes === 10 ? 'start' : 'middle',
    }, minutes === 0 ? 'now' : `−${minutes} min`)));
    lines.forEach((values, i) => {
      const path = trace(times, values, x, y);
      if (i === 0 && path) parts.push(svg('path', { class: 'fill', 'data-line': i, d: area(times, values, x, y) }));
      parts.push(svg('path', { class: 'line', 'data-line': i, d: path }));
    });
    const at = pointed === null ? -1 : nearest(times, pointed);
    if (at >= 0) {
      parts.push(svg('line', { class: 'cursor', x1: x(times[at]), x2: x(times[at]), y1: TOP, y2: HEIGHT - BOTTOM }));
    }
    this.when.textContent = at >= 0 ? clock(times[at]) : '';
    this.values.forEach((element, i) => {
      const value = at >= 0 ? lines[i][at] : history.latest(this.lines[i].name);
      element.textContent = value === null || value === undefined ? '–' : options.format(value);
    });
    this.area.setAttribute('width', width);
    this.area.replaceChildren(...parts);
  }
}

function point(time) {
  pointed = time;
  plots.forEach((plot) => plot.draw());
}

function nearest(times, time) {
  let best = -1;
  for (let i = 0; i < times.length; i++) {
    if (best < 0 || Math.abs(times[i] - time) < Math.abs(times[best] - time)) best = i;
  }
  return best;
}

/** Breaks where there is no value, and where the server was not there. */
function pieces(times, values) {
  const all = [];
  let piece = [];
  for (let i = 0; i < times.length; i++) {
    const gap = i > 0 && times[i] - times[i - 1] > 15_000;
    if ((values[i] === null || gap) && piece.length > 0) {
      all.push(piece);
      piece = [];
    }
    if (values[i] !== null) piece.push(i);
  }
  if (piece.length > 0) all.push(piece);
  return all;
}

function trace(times, values, x, y) {
  return pieces(times, values).map((piece) => {
    const points = piece.map((i) => `${x(times[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`);
    // A single value is a dot.
    return `M${points.join('L')}${piece.length === 1 ? `L${points[0]}` : ''}`;
  }).join('');
}

function area(times, values, x, y) {
  return pieces(times, values).map((piece) =>
    `M${x(times[piece[0]]).toFixed(1)} ${y(0)}L${piece.map((i) => `${x(times[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`).join('L')}`
      + `L${x(times[piece.at(-1)]).toFixed(1)} ${y(0)}Z`).join('');
}

/** A small strip: where a source captured, and where not. */
export function strip(history, name) {
  const times = history.times;
  const to = times.at(-1) ?? 0;
  const width = 120;
  const parts = [];
  const values = history.values(name);
  const x = (time) => ((time - to + SPAN) / SPAN) * width;
  let from = 0;
  for (let i = 1; i <= values.length; i++) {
    if (i === values.length || values[i] !== values[from]) {
      const end = i === values.length ? to : times[i];
      const start = x(times[from]);
      parts.push(svg('rect', {
        class: values[from] === 1 ? 'up' : 'down', x: start.toFixed(1), width: Math.max(1, x(end) - start).toFixed(1), y: 0, height: 10,
      }));
      from = i;
    }
  }
  return svg('svg', { class: 'strip', width, height: 10, role: 'img', 'aria-label': 'when it captured' }, ...parts);
}

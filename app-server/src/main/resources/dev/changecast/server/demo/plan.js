// The floor plan in SVG: rooms are drawn once, workstations by their rows.

const SVG = 'http://www.w3.org/2000/svg';

export const STATUSES = ['available', 'occupied', 'reserved', 'maintenance'];

const FLOORS = [
  {
    number: 1,
    zones: [
      { name: 'Engineering', x: 24, y: 24, width: 424, height: 254 },
      { name: 'Support', x: 24, y: 312, width: 424, height: 166 },
    ],
    rooms: [
      { name: 'Meeting room Lima', x: 472, y: 24, width: 224, height: 110, furniture: meetingTable },
      { name: 'Kitchen', x: 472, y: 148, width: 132, height: 130, furniture: kitchen },
      { name: 'Lifts', x: 618, y: 148, width: 78, height: 130, furniture: lifts },
      { name: 'Reception', x: 472, y: 312, width: 224, height: 166, furniture: reception },
    ],
    door: { x: 584, y: 502 },
  },
  {
    number: 2,
    zones: [
      { name: 'Design', x: 24, y: 24, width: 324, height: 166 },
      { name: 'Finance', x: 372, y: 24, width: 324, height: 166 },
      { name: 'Sales', x: 24, y: 312, width: 424, height: 166 },
    ],
    rooms: [
      { name: 'Lifts', x: 618, y: 204, width: 78, height: 94, furniture: lifts },
      { name: 'Library', x: 24, y: 204, width: 180, height: 94, furniture: shelves },
      { name: 'Lounge', x: 218, y: 204, width: 386, height: 94, furniture: sofas },
      { name: 'Meeting room Oslo', x: 472, y: 312, width: 224, height: 166, furniture: meetingTable },
    ],
  },
];

export class FloorPlan {
  /** @param onChoose called with the key of a workstation that was clicked */
  constructor(container, onChoose) {
    this.layers = new Map();
    this.desks = new Map();
    this.onChoose = onChoose;
    container.replaceChildren(...FLOORS.map((floor) => this.floor(floor)));
  }

  /** Shows exactly these rows. */
  replace(rows) {
    const kept = new Set(rows.map((row) => row.id));
    [...this.desks.keys()].filter((id) => !kept.has(id)).forEach((id) => this.remove(id));
    rows.forEach((row) => this.put(row));
  }

  put(row) {
    let desk = this.desks.get(row.id);
    if (desk && desk.floor !== row.floor_number) {
      this.remove(row.id);
      desk = null;
    }
    desk ??= this.newDesk(row);
    const { x, y, width, height } = row;
    desk.group.setAttribute('transform', `translate(${x} ${y})`);
    desk.group.dataset.status = row.status;
    desk.group.setAttribute('aria-label', `${row.name}, ${row.status}${row.employee ? `, ${row.employee}` : ''}`);
    for (const box of [desk.box, desk.ring]) {
      attributes(box, { width, height });
    }
    attributes(desk.lamp, { cx: width - 11, cy: 12 });
    attributes(desk.employee, { x: 9, y: height - 13 });
    attributes(desk.initials, { x: width / 2, y: height - 10 });
    desk.label.textContent = row.name;
    desk.employee.textContent = row.employee ? shortName(row.employee) : row.status;
    desk.initials.textContent = row.employee ? initials(row.employee) : '';
  }

  /** Draws the eye to a workstation that changed. */
  flash(id) {
    const group = this.desks.get(id)?.group;
    if (group) {
      group.classList.remove('changed');
      group.getBoundingClientRect(); // so that the animation starts anew
      group.classList.add('changed');
    }
  }

  remove(id) {
    this.desks.get(id)?.group.remove();
    this.desks.delete(id);
  }

  floor({ number, zones, rooms, door }) {
    const svg = element('svg', { viewBox: '0 0 720 502', role: 'group', 'aria-label': `Floor ${number}` });
    svg.append(hatch());
    svg.append(element('rect', { class: 'wall', x: 6, y: 6, width: 708, height: 490, rx: 14 }));
    if (door) {
      svg.append(element('path', { class: 'door', d: `M${door.x - 26} 496h52` }));
    }
    for (const zone of zones) {
      svg.append(element('rect', { class: 'zone', ...box(zone), rx: 10 }));
      svg.append(text('zone-name', zone.x + 14, zone.y + 23, zone.name));
    }
    for (const room of rooms) {
      svg.append(element('rect', { class: 'room', ...box(room), rx: 8 }));
      svg.append(text('room-name', room.x + 12, room.y + 21, room.name));
      svg.append(room.furniture(room));
    }
    const layer = element('g', {});
    svg.append(layer);
    this.layers.set(number, layer);
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = `Floor ${number}`;
    figure.append(caption, svg);
    return figure;
  }

  newDesk(row) {
    const group = element('g', { class: 'desk', tabindex: 0, role: 'button', 'data-id': row.id });
    const desk = {
      floor: row.floor_number,
      group,
      ring: element('rect', { class: 'ring', rx: 9 }),
      box: element('rect', { class: 'box', rx: 9 }),
      lamp: element('circle', { class: 'lamp', r: 4 }),
      label: text('label', 9, 17, ''),
      employee: text('employee', 0, 0, ''),
      initials: text('initials', 0, 0, ''),
    };
    group.append(desk.ring, desk.box, desk.lamp, desk.label, desk.employee, desk.initials);
    group.addEventListener('click', () => this.onChoose(row.id));
    group.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        this.onChoose(row.id);
      }
    });
    (this.layers.get(row.floor_number) ?? this.layers.get(1)).append(group);
    this.desks.set(row.id, desk);
    return desk;
  }
}

function meetingTable({ x, y, width, height }) {
  const w = width * 0.5;
  const h = height * 0.3;
  const left = x + (width - w) / 2;
  const top = y + (height - h) / 2 + 6;
  const chairs = [0, 1, 2, 3].flatMap((i) => {
    const cx = left + (w * (i + 0.5)) / 4;
    return [element('circle', { cx, cy: top - 9, r: 5 }), element('circle', { cx, cy: top + h + 9, r: 5 })];
  });
  return furniture(block(left, top, w, h, h / 2), ...chairs);
}

function kitchen({ x, y, width, height }) {
  const table = { cx: x + 56, cy: y + 82 };
  const stools = [[-30, 0], [30, 0], [0, -30], [0, 30]].map(([dx, dy]) =>
    element('circle', { cx: table.cx + dx, cy: table.cy + dy, r: 6 }));
  return furniture(block(x + width - 20, y + 30, 12, height - 38), element('circle', { ...table, r: 18 }), ...stools);
}

function lifts({ x, y, width, height }) {
  const size = Math.min(26, (height - 52) / 2 + 12);
  return furniture(...[0, 1].map((i) => block(x + 10 + i * (width / 2 - 6), y + height - size - 14, size, size)));
}

function reception({ x, y, width, height }) {
  return furniture(
    element('path', { class: 'line', d: `M${x + width - 30} ${y + 40}v48a26 26 0 0 1 -26 26h-14` }),
    element('circle', { cx: x + width - 62, cy: y + 66, r: 8 }),
    block(x + width - 70, y + height - 26, 58, 14, 7),
  );
}

function shelves({ x, y, width, height }) {
  return furniture(...[0, 1, 2, 3].map((i) => block(x + 16 + i * 40, y + 36, 12, height - 50)),
    element('circle', { cx: x + width - 14, cy: y + height - 22, r: 7 }));
}

function sofas({ x, y, width, height }) {
  return furniture(block(x + 20, y + height - 30, 86, 16, 8), block(x + 20, y + 36, 16, 40, 8),
    element('circle', { cx: x + 72, cy: y + 50, r: 10 }), block(x + width - 86, y + 32, 70, 16, 8),
    element('circle', { cx: x + width - 51, cy: y + 70, r: 10 }));
}

function furniture(...parts) {
  const group = element('g', { class: 'furniture' });
  group.append(...parts);
  return group;
}

function block(x, y, width, height, rx = 3) {
  return element('rect', { x, y, width, height, rx });
}

function hatch() {
  const defs = element('defs', {});
  const pattern = element('pattern', {
    id: 'hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)',
  });
  pattern.append(element('rect', { class: 'hatch-ground', width: 8, height: 8 }));
  pattern.append(element('rect', { class: 'hatch-line', width: 3, height: 8 }));
  defs.append(pattern);
  return defs;
}

function box({ x, y, width, height }) {
  return { x, y, width, height };
}

function text(name, x, y, content) {
  const node = element('text', { class: name, x, y });
  node.textContent = content;
  return node;
}

function element(name, values) {
  return attributes(document.createElementNS(SVG, name), values);
}

function attributes(node, values) {
  Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  return node;
}

function shortName(employee) {
  const [first, ...rest] = employee.split(' ');
  const short = rest.length ? `${first} ${rest.at(-1)[0]}.` : first;
  return [short, first].find((name) => name.length <= 10) ?? `${first.slice(0, 9)}…`;
}

function initials(employee) {
  return employee.split(' ').filter(Boolean).map((word) => word[0]).join('').slice(0, 2).toUpperCase();
}

// Routes, services, stored responses and operations, of all nodes together.

import {bytes, clock, count, element, fill, number, put, row, seconds} from './format.js';
import {quantile} from './rates.js';

export function showRoutes(routes) {
  fill('routes', routes.map(it => {
    const of = status => number(it.byStatus[status] ?? 0);
    const within = part => {
      const value = quantile([it], part);
      return value === Infinity ? 'over 10 s' : seconds(value);
    };
    return [it.route, number(it.rate), it.count ? within(.5) : '-', it.count ? within(.99) : '-',
      of('2xx'), of('3xx'), of('4xx'), of('5xx')];
  }));
}

export function showOutcomes(now) {
  fill('outcomes', [[number(now.fresh), number(now.hit), number(now.stale), count(now.held),
    number(now.resent), number(now.refused), number(now.failed), count(now.inFlight), count(now.inFlightMax)]]);
}

export function showStored(nodes) {
  const all = new Map();
  for (const {cache} of nodes) {
    for (const it of cache) {
      const sum = all.get(it.route) ?? {entries: 0, bytes: 0, hits: 0, misses: 0};
      for (const what of Object.keys(sum)) sum[what] += it[what];
      all.set(it.route, sum);
    }
  }
  fill('stored', [...all].sort().map(([route, it]) => [route, count(it.entries), bytes(it.bytes),
    count(it.hits), count(it.misses),
    it.hits + it.misses ? `${number(100 * it.hits / (it.hits + it.misses))} %` : '-']));
}

const TOP = 10;

// Each node counts its own answers.
export function showTop(nodes) {
  const all = new Map();
  for (const {top} of nodes) {
    for (const it of top ?? []) { // an earlier build tells none
      const key = `${it.route} ${it.url}`;
      all.set(key, {...it, hits: it.hits + (all.get(key)?.hits ?? 0)});
    }
  }
  const first = [...all.values()].sort((a, b) => b.hits - a.hits).slice(0, TOP);
  fill('top', first.map(it => [it.url, it.route, count(it.hits)]));
}

export function showOperations(nodes) {
  const sum = of => nodes.reduce((all, it) => all + (of(it) ?? 0), 0);
  fill('states', [[count(sum(it => it.operations.succeeded)), count(sum(it => it.operations.failed)),
    count(sum(it => it.operations.accepted)), count(sum(it => it.counts.operationsInFlight))]]);
}

export class ServicesView {
  #order;
  #shown = '';

  constructor(order) {
    this.#order = order;
  }

  show(nodes) {
    const names = [...new Set(nodes.flatMap(it => it.upstreams.map(u => u.name)))].sort();
    document.getElementById('no-upstreams').hidden = names.length > 0;
    const views = names.map(name => [name, nodes.flatMap(it =>
      it.upstreams.filter(u => u.name === name).map(u => ({node: it.node, ...u})))]);
    const shape = JSON.stringify(views.map(([name, seen]) => [name, seen[0].instances.map(it => it.name)]));
    const place = document.getElementById('services');
    if (shape !== this.#shown) {
      this.#shown = shape;
      place.replaceChildren(...views.map(([name, seen]) => this.#frame(name, seen[0])));
    }
    views.forEach(([, seen], i) => this.#values(place.children[i], seen));
  }

  #frame(name, service) {
    const button = (word, path, label) => {
      const made = element('button', {type: 'button', 'aria-label': label}, word);
      made.addEventListener('click', () => this.#order('POST', path));
      return made;
    };
    const at = `/upstreams/${encodeURIComponent(name)}`;
    return element('div', {class: 'service'},
      element('h3', {}, name),
      element('p', {class: 'breaker'}),
      element('div', {class: 'bar'}, ...['open', 'close', 'auto'].map(word =>
        button(word, `${at}/breaker/${word}`, `Breaker of ${name}: ${word}`))),
      element('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': `Instances of ${name}`},
        element('table', {},
          element('thead', {}, element('tr', {}, ...['instance', 'state', 'health', 'breaker', 'in flight', 'half within', '99 of 100 within', 'left out', 'orders'].map(it => element('th', {scope: 'col'}, it)))),
          element('tbody', {}, ...service.instances.map(it => {
            const made = row(it.name, '', '', '', '', '', '', '', '');
            made.lastChild.append(...['drain', 'restore'].map(word =>
              button(word, `${at}/instances/${it.name}/${word}`, `${word} ${it.name}`)));
            return made;
          })))));
  }

  #values(frame, seen) {
    const words = [...new Set(seen.map(it => it.reason && it.breaker !== 'closed' ? `${it.breaker} (${it.reason})` : it.breaker))];
    const sum = what => seen.reduce((all, it) => all + it[what], 0);
    put(frame.querySelector('.breaker'),
      `Breaker ${words.join(', ')}; ${sum('inFlight')} in flight, ${sum('waiting')} waiting, at most ${sum('limit')}`);
    seen[0].instances.forEach((it, i) => {
      const all = seen.map(node => node.instances[i]).filter(Boolean);
      const join = what => [...new Set(all.map(one => one[what]))].join(', ');
      const most = what => Math.max(...all.map(one => one[what]));
      const texts = [join('state') + (it.standby ? ', standby' : ''), join('health'), join('breaker'),
        all.reduce((n, one) => n + one.inFlight, 0), `${number(most('latencyP50Millis'))} ms`,
        `${number(most('latencyP99Millis'))} ms`, `${most('ejections')} times`];
      const cells = frame.querySelectorAll('tbody tr')[i].querySelectorAll('td');
      texts.forEach((text, k) => put(cells[k], text));
    });
  }
}

// The newest operations: asked for while they are shown, and by no other page.
export class OperationsView {
  #ask;
  #order;
  #timer;
  #rows = new Map(); // by what they show

  constructor(ask, order) {
    this.#ask = ask;
    this.#order = order;
    this.button = document.getElementById('operations-show');
    this.state = document.getElementById('operations-state');
    this.list = document.getElementById('operations-list');
    this.button.addEventListener('click', () => this.#toggle());
    this.state.addEventListener('change', () => this.#isShown() && this.#refresh());
  }

  #isShown() {
    return !this.list.hidden;
  }

  #toggle() {
    this.list.hidden = this.#isShown();
    this.button.setAttribute('aria-expanded', `${this.#isShown()}`);
    this.button.textContent = this.#isShown() ? 'Hide them' : 'Show the newest';
    this.#refresh();
  }

  async #refresh() {
    clearTimeout(this.#timer);
    if (!this.#isShown()) return;
    const items = document.hidden ? null : await this.#ask(`/operations?state=${this.state.value}`);
    if (items) this.#show(items);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), 2000);
  }

  // A row that is as it was stays, with the focus that may be in it.
  #show(items) {
    const body = document.getElementById('newest');
    const focused = body.contains(document.activeElement);
    const rows = new Map();
    items.forEach((it, i) => {
      const text = JSON.stringify(it);
      const tr = this.#rows.get(text) ?? this.#row(it);
      rows.set(text, tr);
      if (body.rows[i] !== tr) body.insertBefore(tr, body.rows[i] ?? null);
    });
    while (body.rows.length > rows.size) body.lastElementChild.remove();
    this.#rows = rows;
    if (focused && !body.contains(document.activeElement)) this.list.focus();
  }

  #row(it) {
    const made = row(clock(it.createdAt), `${it.method} ${it.target}`, it.route,
      it.state + (it.status ? ` (${it.status})` : ''), it.attempts, it.lastError, '');
    made.cells[1].className = 'long';
    made.cells[5].className = 'long';
    const isOpen = it.state === 'accepted' || it.state === 'running';
    for (const word of isOpen ? ['cancel'] : it.state === 'failed' ? ['retry'] : []) {
      const button = element('button', {type: 'button', 'aria-label': `${word} ${it.method} ${it.target}`}, word);
      button.addEventListener('click', async () => {
        await this.#order('POST', `/operations/${it.id}/${word}`);
        this.#refresh();
      });
      made.cells[6].append(button);
    }
    return made;
  }
}

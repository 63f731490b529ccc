// Cards of nodes, and the shards in their owners' colours.

import {bytes, duration, element, number, put} from './format.js';

const COLOURS = 6;
const MANY_SHARDS = 256;
const REMEMBERED = 600000; // milliseconds for which a node that is down is shown
const STATES = {
  'ready': ['ready', 'state-good'],
  'starting': ['starting', 'state-warn'],
  'draining': ['draining', 'state-warn'],
  'cut-off': ['cut off', 'state-bad'],
  'failing': ['failing', 'state-bad'],
  'silent': ['silent', 'state-bad'],
  'down': ['down', 'state-bad'],
};
const FACTS = {
  'up for': felt => duration(felt.status.uptimeSeconds),
  'requests/s': (felt, rate) => number(rate),
  'processor': felt => `${number(felt.counts.processor * 100)} %`,
  'load of its machine': felt => number(felt.counts.load),
  'memory': felt => `${bytes(felt.memory.used)} of ${bytes(felt.memory.max)}`,
  'shards': felt => `${felt.shardNumbers.length} of ${felt.shardsOfAll}`,
  'database': felt => felt.status.database.state,
};
const order = new Intl.Collator('en', {numeric: true});

class Card {
  #name = element('span');
  #state = element('span');
  #values = Object.keys(FACTS).map(() => element('dd'));
  #facts = element('dl', {}, ...Object.keys(FACTS).flatMap((fact, i) =>
    [element('dt', {}, fact), this.#values[i]]));

  constructor(name, colour) {
    this.name = name;
    this.colour = colour;
    this.place = element('li', {class: `card ${colour}`, 'data-node': name},
      element('h3', {}, this.#name, this.#state), this.#facts);
  }

  // felt: its pulse; without one it is silent, or down.
  show(state, felt, rate) {
    const [word, tone] = STATES[state] ?? [state, 'state-warn'];
    put(this.#name, this.name + (felt?.status.oldest ? ' (oldest)' : ''));
    put(this.#state, word);
    if (this.place.dataset.state !== state) {
      this.downSince = state === 'down' ? performance.now() : undefined;
      this.place.dataset.state = state;
      this.#state.className = tone;
      this.place.classList.toggle('down', !felt);
      this.#facts.hidden = !felt;
    }
    if (felt) Object.values(FACTS).forEach((fact, i) => put(this.#values[i], fact(felt, rate)));
  }
}

export class ClusterView {
  #cards = new Map(); // by the node's name
  #owners = [];
  #place = document.getElementById('nodes');
  #shards = document.getElementById('shards');

  // A pulse of all nodes; rates: requests a second by node.
  show(pulse, rates) {
    const there = new Set(pulse.silent);
    for (const felt of pulse.nodes) {
      there.add(felt.node);
      this.#card(felt.node).show(felt.state, felt, rates.get(felt.node) ?? 0);
    }
    for (const name of pulse.silent) this.#card(name).show('silent');
    for (const [name, card] of this.#cards) {
      if (there.has(name)) continue;
      if (name.includes(':')) { // An address: its name is known by now, or will never be.
        this.#cards.delete(name);
        card.place.remove();
      } else if (card.downSince && performance.now() - card.downSince > REMEMBERED) {
        this.#cards.delete(name);
        card.place.remove();
      } else {
        card.show('down');
      }
    }
    this.#cells(pulse.nodes);
  }

  #card(name) {
    if (!this.#cards.has(name)) {
      const card = new Card(name, `owner-${this.#cards.size % COLOURS}`);
      this.#cards.set(name, card);
      const next = [...this.#place.children].find(it => order.compare(it.dataset.node, name) > 0);
      this.#place.insertBefore(card.place, next ?? null);
    }
    return this.#cards.get(name);
  }

  #cells(pulses) {
    const all = Math.max(0, ...pulses.map(it => it.shardsOfAll));
    const owners = new Array(all).fill('');
    for (const felt of pulses) {
      for (const shard of felt.shardNumbers) owners[shard] = felt.node;
    }
    if (this.#owners.length !== all) {
      this.#shards.classList.toggle('many', all > MANY_SHARDS);
      this.#shards.replaceChildren(...owners.map(() => element('span')));
      this.#owners = new Array(all).fill(undefined);
    }
    let cell = this.#shards.firstElementChild;
    owners.forEach((owner, shard) => {
      if (this.#owners[shard] !== owner) {
        this.#owners[shard] = owner;
        cell.className = `shard ${owner ? this.#card(owner).colour : 'owner-none'}`;
        cell.textContent = owner;
        cell.title = `shard ${shard}: ${owner || 'nobody'}`;
      }
      cell = cell.nextElementSibling;
    });
    put(document.getElementById('shards-said'), said(owners));
  }
}

function said(owners) {
  const counted = new Map();
  owners.forEach(owner => counted.set(owner, (counted.get(owner) ?? 0) + 1));
  return [...counted].sort(([a], [b]) => order.compare(a, b)).map(([owner, n]) =>
    owner ? `${owner} has ${n}` : `${n} wait for a request, with which a node takes them`).join(', ');
}

// Cards of nodes, the shards in their owners' colours, and what happened.

import {bytes, clock, duration, element, number} from './format.js';

const COLOURS = 6;
const MANY_SHARDS = 256;
const LINES_MAX = 300;
const STATES = {
  'ready': ['ready', 'state-good'],
  'starting': ['starting', 'state-warn'],
  'draining': ['draining', 'state-warn'],
  'cut-off': ['cut off', 'state-bad'],
  'failing': ['failing', 'state-bad'],
  'silent': ['silent', 'state-bad'],
  'down': ['down', 'state-bad'],
};

export class ClusterView {
  #nodes = new Map(); // by name: {pulse, state, rate}
  #colours = new Map();
  #shards = [];

  // A pulse of all nodes; rates: requests a second by node.
  show(pulse, rates) {
    const seen = new Set();
    for (const felt of pulse.nodes) {
      seen.add(felt.node);
      this.#nodes.set(felt.node, {felt, state: felt.state, rate: rates.get(felt.node) ?? 0});
    }
    for (const name of pulse.silent) {
      seen.add(name);
      this.#nodes.set(name, {felt: this.#nodes.get(name)?.felt, state: 'silent', rate: 0});
    }
    for (const [name, node] of this.#nodes) {
      if (!seen.has(name)) {
        node.state = 'down';
        node.rate = 0;
      }
    }
    this.#forgetAddresses();
    this.#cards();
    this.#cells(pulse.nodes);
  }

  // Before its name is known a silent node is shown by its address.
  #forgetAddresses() {
    const addresses = [...this.#nodes.values()]
      .flatMap(node => node.felt?.status.members.map(it => it.address) ?? []);
    for (const [name, node] of this.#nodes) {
      if (node.state === 'down' && !node.felt && addresses.length) this.#nodes.delete(name);
    }
  }

  #colour(name) {
    if (!this.#colours.has(name)) {
      this.#colours.set(name, `owner-${this.#colours.size % COLOURS}`);
    }
    return this.#colours.get(name);
  }

  #cards() {
    const names = [...this.#nodes.keys()].sort();
    document.getElementById('nodes').replaceChildren(...names.map(name => this.#card(name)));
  }

  #card(name) {
    const {felt, state, rate} = this.#nodes.get(name);
    const [word, tone] = STATES[state] ?? [state, 'state-warn'];
    const isThere = state !== 'down' && state !== 'silent' && felt;
    const facts = isThere ? [
      ['up for', duration(felt.status.uptimeSeconds)],
      ['requests/s', number(rate)],
      ['processor', `${number(felt.counts.processor * 100)} %`],
      ['memory', `${bytes(felt.memory.used)} of ${bytes(felt.memory.max)}`],
      ['shards', `${felt.shardNumbers.length} of ${felt.shardsOfAll}`],
      ['database', felt.status.database.state],
    ] : [];
    return element('li', {class: `card ${this.#colour(name)}${isThere ? '' : ' down'}`, 'data-node': name, 'data-state': state},
      element('h3', {},
        element('span', {}, name + (isThere && felt.status.oldest ? ' (oldest)' : '')),
        element('span', {class: tone}, word)),
      element('dl', {}, ...facts.flatMap(([what, value]) =>
        [element('dt', {}, what), element('dd', {}, value)])));
  }

  #cells(pulses) {
    const all = Math.max(0, ...pulses.map(it => it.shardsOfAll));
    const owners = new Array(all).fill('');
    for (const felt of pulses) {
      for (const shard of felt.shardNumbers) owners[shard] = felt.node;
    }
    const place = document.getElementById('shards');
    if (this.#shards.length !== all) {
      place.classList.toggle('many', all > MANY_SHARDS);
      place.replaceChildren(...owners.map(() => element('span', {class: 'shard owner-none'})));
      this.#shards = new Array(all).fill(undefined);
    }
    owners.forEach((owner, shard) => {
      if (this.#shards[shard] !== owner) {
        this.#shards[shard] = owner;
        const cell = place.children[shard];
        cell.className = `shard ${owner ? this.#colour(owner) : 'owner-none'}`;
        cell.textContent = owner;
        cell.title = `shard ${shard}: ${owner || 'nobody'}`;
      }
    });
    const counted = new Map();
    owners.forEach(owner => counted.set(owner, (counted.get(owner) ?? 0) + 1));
    const said = [...counted].sort().map(([owner, n]) =>
      owner ? `${owner} has ${n}` : `${n} wait for a request, with which a node takes them`).join(', ');
    const line = document.getElementById('shards-said');
    if (line.textContent !== said) line.textContent = said;
  }

  // A line of a node's log.
  tell(line) {
    this.#line(line.at, line.node, line.text, {WARN: 'state-warn', ERROR: 'state-bad'}[line.level]);
  }

  // What this page itself has seen.
  note(text) {
    this.#line(new Date().toISOString(), 'page', text);
  }

  #line(at, who, text, tone = '') {
    const list = document.getElementById('timeline');
    const follows = list.scrollTop < 8;
    list.prepend(element('li', {},
      element('time', {class: 'when', datetime: at}, clock(at)),
      element('span', {class: 'who'}, who),
      element('span', {class: `text ${tone}`}, text)));
    while (list.children.length > LINES_MAX) list.lastChild.remove();
    if (follows) list.scrollTop = 0;
  }
}

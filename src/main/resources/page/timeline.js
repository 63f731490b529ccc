// What happened, the newest first; what belongs to the death of one node stands together, in the
// order of time and with the milliseconds since it was noticed.

import {clock, element} from './format.js';

const LINES_MAX = 300;
const FAILOVERS_MAX = 8;
const TOGETHER = 10000; // milliseconds that a failover takes at most
const DEATHS = [/^(\S+) \(.*\) is dead\b/, /^To be written off, .*?: (\S+)/];
const TONES = {WARN: 'state-warn', ERROR: 'state-bad'};

export class Timeline {
  #place = document.getElementById('timeline');
  #failovers = []; // the last ones, the newest first: {who, at, list}

  // A line of a node's log.
  tell({at, node, text, level}) {
    const when = Date.parse(at);
    const who = DEATHS.map(it => it.exec(text)?.[1]).find(Boolean);
    const near = this.#failovers.filter(it => Math.abs(when - it.at) <= TOGETHER);
    let its = who ? near.find(it => it.who === who) : near[0];
    if (who && !its) its = this.#begin(who, at, when);
    if (its) this.#add(its, at, when, node, text, TONES[level]);
    else this.#prepend(line(at, clock(at), node, text, TONES[level]));
  }

  // What this page itself has seen.
  note(text) {
    this.tell({at: new Date().toISOString(), node: 'page', text});
  }

  #begin(who, at, when) {
    const list = element('ol');
    this.#failovers = [{who, at: when, list}, ...this.#failovers].slice(0, FAILOVERS_MAX);
    this.#prepend(element('li', {class: 'failover'},
      element('p', {}, element('time', {class: 'when', datetime: at}, clock(at)), ` Death of ${who}`), list));
    return this.#failovers[0];
  }

  // Lines of several nodes do not come in the order of time.
  #add({list, at: begun}, at, when, node, text, tone) {
    const offset = when - begun;
    const made = line(at, `${offset < 0 ? '\u2212' : '+'}${Math.abs(offset)} ms`, node, text, tone);
    made.when = when;
    let before = list.lastElementChild;
    while (before && before.when > when) before = before.previousElementSibling;
    list.insertBefore(made, before ? before.nextElementSibling : list.firstElementChild);
    this.#forget();
  }

  #prepend(item) {
    const follows = this.#place.scrollTop < 8;
    this.#place.prepend(item);
    this.#forget();
    if (follows) this.#place.scrollTop = 0;
  }

  #forget() {
    while (this.#place.getElementsByTagName('li').length > LINES_MAX && this.#place.children.length > 1) {
      this.#place.lastElementChild.remove();
    }
  }
}

function line(at, when, who, text, tone = '') {
  return element('li', {},
    element('time', {class: 'when', datetime: at}, when),
    element('span', {class: 'who'}, who),
    element('span', {class: `text ${tone}`}, text));
}

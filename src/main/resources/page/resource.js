// One resource: who owns it, how it stands there, and what happened to it.

import {bytes, clock, count, element, row, seconds} from './format.js';

export class ResourceView {
  #ask;
  #place = document.getElementById('looked');

  // ask: gives what a path's answer says, and throws what is wrong
  constructor(ask) {
    this.#ask = ask;
    document.getElementById('look').addEventListener('submit', event => {
      event.preventDefault();
      this.#look(new FormData(event.target).get('path'));
    });
  }

  async #look(path) {
    try {
      this.#show(await this.#ask(`/resources?path=${encodeURIComponent(path)}`));
    } catch (e) {
      this.#place.replaceChildren(element('p', {class: 'state-bad'}, e.message));
    }
  }

  #show(it) {
    const facts = [['path', it.path], ['route', it.route], ['owner', it.owner || 'nobody'],
      ['state', it.state.replaceAll('-', ' ')]];
    if (it.shard !== undefined) facts.push(['shard', it.shard]);
    if (it.etag) facts.push(['version', it.etag + (it.exists === false ? ' (deleted)' : '')]);
    if (it.database === 'away') facts.push(['database', 'away']);
    if (it.missing) facts.push(['nodes that have not answered', it.missing]);
    this.#place.replaceChildren(
      element('dl', {class: 'facts'}, ...facts.flatMap(([what, value]) =>
        [element('dt', {}, what), element('dd', {}, `${value}`)])),
      ...it.events ? [table('Last events', ['number', 'at', 'kind'],
        it.events.map(e => [e.number, `${e.at.slice(0, 10)} ${clock(e.at)}`, e.kind]))] : [],
      ...it.stored ? [table('Stored responses',
        ['URL', 'method', 'status', 'varies on', 'version', 'age', 'fresh for', 'bytes'],
        it.stored.map(s => [s.url, s.method, s.status, s.vary || '-', s.etag ?? '-', seconds(s.ageSeconds),
          s.freshForSeconds ? seconds(s.freshForSeconds) : 'stale', `${count(s.bytes)} (${bytes(s.bytes)})`]))] : []);
  }
}

function table(caption, heads, rows) {
  return element('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption},
    element('table', {},
      element('caption', {}, rows.length ? caption : `${caption}: none`),
      element('thead', {}, element('tr', {}, ...heads.map(it => element('th', {scope: 'col'}, it)))),
      element('tbody', {class: 'long'}, ...rows.map(cells => row(...cells)))));
}

// Puts what comes from the feed where it is shown.

import {Chart} from './charts.js';
import {ClusterView} from './cluster.js';
import {Feed} from './feed.js';
import {OperationsView, ServicesView, showOperations, showOutcomes, showRoutes, showStored} from './tables.js';

const WINDOW = 10000; // milliseconds over which routes are counted

const cluster = new ClusterView();
const outcomes = new Chart(document.getElementById('chart-outcomes'),
  ['fresh', 'hit', 'stale', 'refused', 'failed']);
const flight = new Chart(document.getElementById('chart-flight'), ['in flight', 'held']);
const watching = document.getElementById('watching');
const feed = new Feed({
  connected(origin) {
    watching.textContent = `Watching through ${nodeAt(origin)}`;
    watching.dataset.origin = origin;
    if (hasLost) cluster.note(`goes on with ${nodeAt(origin)}`);
    hasLost = false;
  },
  lost(origin) {
    watching.textContent = `${nodeAt(origin)} does not answer; trying another node`;
    if (!hasLost) cluster.note(`${nodeAt(origin)} does not answer`);
    hasLost = true;
  },
  event(name, data) {
    if (name === 'story') cluster.tell(data);
    if (name === 'pulse') felt(data);
  },
}, askToken);
const services = new ServicesView((method, path) => order(method, path));
let hasLost = false;
let names = new Map(); // origin: node
let history = [];

function nodeAt(origin) {
  return names.get(origin) ?? origin;
}

function felt(pulse) {
  for (const it of pulse.nodes) names.set(it.status.admin, it.node);
  feed.knows(pulse.nodes.map(it => it.status.admin));
  if (watching.dataset.origin) watching.textContent = `Watching through ${nodeAt(watching.dataset.origin)}`;
  const now = {at: performance.now(), byNode: new Map(pulse.nodes.map(it => [it.node, it]))};
  history.push(now);
  while (history.length > 2 && now.at - history[1].at > WINDOW) history.shift();
  const before = history[Math.max(0, history.length - 3)];
  const between = (now.at - before.at) / 1000;
  cluster.show(pulse, rates(before, now, between));
  if (between > 0) traffic(before, now, between);
  showRoutes(routes(history[0], now));
  services.show(pulse.nodes);
  showStored(pulse.nodes);
  showOperations(pulse.nodes);
}

// What has grown since then; of a node that has begun anew nothing is known.
function grown(before, now, of) {
  let sum = 0;
  for (const [name, it] of now.byNode) {
    const earlier = before.byNode.get(name);
    if (earlier && earlier.status.incarnation === it.status.incarnation) {
      sum += Math.max(0, of(it) - of(earlier));
    }
  }
  return sum;
}

function requests(it, which = () => true) {
  return it.requests.filter(which).reduce((all, r) => all + r.count, 0);
}

function rates(before, now, between) {
  return new Map([...now.byNode.keys()].map(name => [name, between > 0 ?
    grown({byNode: before.byNode}, {byNode: new Map([[name, now.byNode.get(name)]])}, it => requests(it)) / between : 0]));
}

function traffic(before, now, between) {
  const rate = of => grown(before, now, of) / between;
  const held = [...now.byNode.values()].reduce((all, it) => all + it.counts.held, 0);
  const sum = what => [...now.byNode.values()].reduce((all, it) => all + it.counts[what], 0);
  const all = rate(it => requests(it));
  const failed = rate(it => requests(it, r => r.status === '5xx'));
  const hit = rate(it => it.counts.hit + it.counts.collapsed);
  const stale = rate(it => it.counts.marked + it.counts.stale);
  const refused = rate(it => it.counts.shed + it.counts.refused);
  const shown = {
    fresh: Math.max(0, all - hit - stale - failed), hit, stale, held, refused, failed,
    resent: rate(it => it.counts.resent), inFlight: sum('inFlight'), inFlightMax: sum('inFlightMax'),
  };
  showOutcomes(shown);
  outcomes.add([shown.fresh, shown.hit, shown.stale, shown.refused, shown.failed]);
  flight.add([shown.inFlight, shown.held]);
}

function routes(before, now) {
  const between = Math.max(.001, (now.at - before.at) / 1000);
  const names = [...new Set([...now.byNode.values()].flatMap(it => it.requests.map(r => r.route)))].sort();
  return names.map(route => {
    const byStatus = {};
    for (const status of ['2xx', '3xx', '4xx', '5xx']) {
      byStatus[status] = grown(before, now, it => requests(it, r => r.route === route && r.status === status)) / between;
    }
    const bounds = new Set([...now.byNode.values()].flatMap(it =>
      it.requests.filter(r => r.route === route).flatMap(r => Object.keys(r.within))));
    const within = {};
    for (const bound of bounds) {
      within[bound] = grown(before, now, it => it.requests.filter(r => r.route === route)
        .reduce((all, r) => all + (r.within[bound] ?? 0), 0));
    }
    const count = grown(before, now, it => requests(it, r => r.route === route));
    return {route, count, rate: count / between, byStatus, within};
  });
}

// ---- orders ----

function askToken() {
  const dialog = document.getElementById('ask-token');
  const form = dialog.querySelector('form');
  form.reset();
  if (!dialog.open) dialog.showModal();
  return new Promise(given => dialog.addEventListener('close',
    () => given(new FormData(form).get('token') ?? ''), {once: true}));
}

let quiet;
function say(text) {
  const said = document.getElementById('said');
  said.textContent = text;
  said.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.hidden = true; }, 8000);
}

async function order(method, path, content) {
  try {
    const answer = await feed.order(method, path, content);
    const told = await answer.json();
    say(answer.ok ? `${path}: ${JSON.stringify(told)}` : `${path}: ${told.title}. ${told.detail ?? ''}`);
  } catch (e) {
    say(`${path}: no answer`);
  }
}

document.getElementById('purge').addEventListener('submit', event => {
  event.preventDefault();
  const asked = new FormData(event.target);
  order('POST', '/cache/purge', {[asked.get('kind')]: asked.get('what'), soft: asked.get('soft') === 'on'});
});

new OperationsView(async path => {
  try {
    const answer = await feed.order('GET', path);
    return answer.ok ? (await answer.json()).items : null;
  } catch (e) {
    return null; // the node is gone; the feed goes on with another
  }
}, order);

feed.run();

// Puts what comes from the feed where it is shown.

import {Chart} from './charts.js';
import {ClusterView} from './cluster.js';
import {Feed} from './feed.js';
import {count, number, put, seconds} from './format.js';
import {Rates, quantile} from './rates.js';
import {ResourceView} from './resource.js';
import {OperationsView, ServicesView, showOperations, showOutcomes, showRoutes, showStored, showTop} from './tables.js';
import {Timeline} from './timeline.js';

const FEW = 3;
const LATENCY_MAX = 10; // seconds, the last bound that is counted

const cluster = new ClusterView();
const timeline = new Timeline();
const rates = new Rates();
const outcomes = new Chart(document.getElementById('chart-outcomes'),
  ['fresh', 'hit', 'stale', 'held, sent again', 'refused', 'failed'], number);
const latency = new Chart(document.getElementById('chart-latency'), ['p50', 'p99'], seconds, 'logarithmic');
const flight = new Chart(document.getElementById('chart-flight'), ['in flight', 'held', 'limit'], count, 'wide');
const watching = document.getElementById('watching');
const feed = new Feed({
  connected(origin) {
    watching.textContent = `Watching through ${nodeAt(origin)}`;
    watching.dataset.origin = origin;
    if (hasLost) timeline.note(`goes on with ${nodeAt(origin)}`);
    hasLost = false;
  },
  lost(origin) {
    watching.textContent = `${nodeAt(origin)} does not answer; trying another node`;
    if (!hasLost) timeline.note(`${nodeAt(origin)} does not answer`);
    hasLost = true;
  },
  event(name, data) {
    if (name === 'story') timeline.tell(data);
    if (name === 'pulse') show(data);
  },
}, askToken);
const services = new ServicesView((method, path) => order(method, path));
let hasLost = false;
let names = new Map(); // origin: node

function nodeAt(origin) {
  return names.get(origin) ?? origin;
}

// Where this page may ask: it was told so by the policy that it came with.
const reachable = new Set([location.origin,
  ...document.querySelector('meta[name=holdfast-nodes]').content.split(' ')]);

function few(names) {
  return names.length > FEW ? `${names.slice(0, FEW).join(', ')} and ${names.length - FEW} others` : names.join(', ');
}

// A pulse of all nodes.
export function show(pulse) {
  for (const it of pulse.nodes) names.set(it.status.admin, it.node);
  feed.knows(pulse.nodes.map(it => it.status.admin).filter(it => reachable.has(it)));
  const later = pulse.nodes.filter(it => !reachable.has(it.status.admin)).map(it => it.node);
  if (!hasLost) {
    put(watching, `Watching through ${nodeAt(feed.origin)}`
      + (later.length ? `; to go on with ${few(later)} too, reload the page` : ''));
  }
  const now = rates.take(pulse);
  cluster.show(pulse, now.byNode);
  showTraffic(now);
  services.show(pulse.nodes);
  showStored(pulse.nodes);
  showTop(pulse.nodes);
  showOperations(pulse.nodes);
}

function showTraffic({outcomes: it, routes}) {
  showOutcomes(it);
  showRoutes(routes);
  outcomes.add([it.fresh, it.hit, it.stale, it.resent, it.refused, it.failed]);
  const within = part => routes.some(route => route.count) ? Math.min(LATENCY_MAX, quantile(routes, part)) : null;
  latency.add([within(.5), within(.99)]);
  flight.add([it.inFlight, it.held, it.inFlightMax]);
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

// A screen reader hears what is put where it knows a live region: so that is there always.
let quiet;
function say(text) {
  const said = document.getElementById('said');
  said.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.textContent = ''; }, 8000);
}

// What a node answers; throws what it refuses.
async function ask(method, path, content) {
  let answer;
  try {
    answer = await feed.order(method, path, content);
  } catch (e) {
    throw new Error('No answer'); // The node is gone; the feed goes on with another.
  }
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${told.title}. ${told.detail ?? ''}`);
  return told;
}

async function order(method, path, content, said = told => JSON.stringify(told)) {
  try {
    say(`${path}: ${said(await ask(method, path, content))}`);
  } catch (e) {
    say(`${path}: ${e.message}`);
  }
}

document.getElementById('purge').addEventListener('submit', event => {
  event.preventDefault();
  const asked = new FormData(event.target);
  order('POST', '/cache/purge', {[asked.get('kind')]: asked.get('what'), soft: asked.get('soft') === 'on'},
    told => `${count(told.purged)} ${told.purged === 1 ? 'URL' : 'URLs'} purged on ${told.nodes} nodes`
      + (told.pending ? `; not confirmed by ${told.pending.join(', ')}` : ''));
});

new ResourceView(path => ask('GET', path));
new OperationsView(async path => {
  try {
    return (await ask('GET', path)).items;
  } catch (e) {
    return null;
  }
}, order);

feed.run(document.querySelector('meta[name=holdfast-token]').content === 'asked');

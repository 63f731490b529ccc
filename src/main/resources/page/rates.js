// Rates, from pulses: these have counts since a node's life began.

const WINDOW = 10000; // milliseconds over which routes are counted
const FEW = 2;        // pulses over which other rates are

export class Rates {
  #history = [];

  take(pulse) {
    const now = {at: performance.now(), byNode: new Map(pulse.nodes.map(it => [it.node, it]))};
    this.#history.push(now);
    while (this.#history.length > 2 && now.at - this.#history[1].at > WINDOW) this.#history.shift();
    const before = this.#history[Math.max(0, this.#history.length - 1 - FEW)];
    const lately = new Growth(before, now);
    return {
      byNode: new Map(pulse.nodes.map(it => [it.node, lately.rate(requests, it)])),
      outcomes: outcomes(lately, pulse.nodes),
      routes: routes(new Growth(this.#history[0], now)),
    };
  }
}

// What has grown between two pulses; of a node that has begun anew nothing is known.
class Growth {
  #pairs;

  constructor(before, now) {
    this.seconds = Math.max(.001, (now.at - before.at) / 1000);
    this.#pairs = [...now.byNode.values()].map(it => [before.byNode.get(it.node), it])
      .filter(([earlier, it]) => earlier && earlier.status.incarnation === it.status.incarnation);
  }

  get pairs() { return this.#pairs; }

  // Of all nodes, or of one.
  rate(of, node) {
    return this.#pairs.filter(([, it]) => !node || it === node)
      .reduce((sum, [earlier, it]) => sum + Math.max(0, of(it) - of(earlier)), 0) / this.seconds;
  }
}

function requests(it) {
  return it.requests.reduce((all, r) => all + r.count, 0);
}

function outcomes(lately, nodes) {
  const sum = what => nodes.reduce((all, it) => all + it.counts[what], 0);
  const hit = lately.rate(it => it.counts.hit + it.counts.collapsed);
  const stale = lately.rate(it => it.counts.marked + it.counts.stale);
  const failed = lately.rate(it => requests({requests: it.requests.filter(r => r.status === '5xx')}));
  return {
    fresh: Math.max(0, lately.rate(requests) - hit - stale - failed),
    hit, stale, failed,
    resent: lately.rate(it => it.counts.resent),
    refused: lately.rate(it => it.counts.shed + it.counts.refused),
    held: sum('held'), inFlight: sum('inFlight'), inFlightMax: sum('inFlightMax'),
  };
}

function routes(growth) {
  const all = new Map();
  for (const [earlier, it] of growth.pairs) {
    const known = new Map(earlier.requests.map(r => [`${r.route} ${r.status}`, r]));
    for (const r of it.requests) {
      const was = known.get(`${r.route} ${r.status}`) ?? {count: 0, within: {}};
      const sum = all.get(r.route) ?? {route: r.route, count: 0, byStatus: {}, within: {}};
      all.set(r.route, sum);
      sum.count += r.count - was.count;
      sum.byStatus[r.status] = (sum.byStatus[r.status] ?? 0) + (r.count - was.count) / growth.seconds;
      for (const [bound, count] of Object.entries(r.within)) {
        sum.within[bound] = (sum.within[bound] ?? 0) + count - (was.within[bound] ?? 0);
      }
    }
  }
  return [...all.values()].sort((a, b) => a.route < b.route ? -1 : 1)
    .map(it => ({...it, rate: it.count / growth.seconds}));
}

// The number of seconds within which that part of all were answered; infinite: beyond all bounds.
export function quantile(routes, part) {
  const all = routes.reduce((sum, it) => sum + it.count, 0);
  const within = {};
  for (const it of routes) {
    for (const [bound, count] of Object.entries(it.within)) within[bound] = (within[bound] ?? 0) + count;
  }
  let below = 0, last = 0;
  for (const bound of Object.keys(within).map(Number).sort((a, b) => a - b)) {
    if (within[bound] >= part * all) {
      const inside = within[bound] - below;
      return inside > 0 ? last + (bound - last) * (part * all - below) / inside : bound;
    }
    below = within[bound];
    last = bound;
  }
  return Infinity;
}

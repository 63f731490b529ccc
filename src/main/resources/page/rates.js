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
      byNode: new Map(lately.pairs.map(pair => [pair[1].node, lately.rate(requests, [pair])])),
      outcomes: outcomes(lately, pulse.nodes),
      routes: routes(new Growth(this.#history[0], now)),
    };
  }
}

// What has grown between two pulses; of a node that has begun anew, or was not felt again, nothing
// is known.
class Growth {
  constructor(before, now) {
    // Of each node: both of its pulses, and the seconds between them.
    this.pairs = [...now.byNode.values()].map(it => [before.byNode.get(it.node), it])
      .filter(([earlier, it]) => earlier && earlier.status.incarnation === it.status.incarnation)
      .map(([earlier, it]) => [earlier, it, secondsBetween(earlier, it) ?? (now.at - before.at) / 1000])
      .filter(([, , seconds]) => seconds > 0);
  }

  // A second, of these pairs of a node's pulses.
  rate(of, pairs = this.pairs) {
    return pairs.reduce((sum, [earlier, it, seconds]) => sum + Math.max(0, of(it) - of(earlier)) / seconds, 0);
  }
}

// By the node's own clock: its pulse may be older than the answer that it came with. An earlier
// build tells nothing of that.
function secondsBetween(earlier, it) {
  return earlier.feltMillis === undefined || it.feltMillis === undefined
    ? undefined : (it.feltMillis - earlier.feltMillis) / 1000;
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
  for (const [earlier, it, seconds] of growth.pairs) {
    const known = new Map(earlier.requests.map(r => [`${r.route} ${r.status}`, r]));
    for (const r of it.requests) {
      const was = known.get(`${r.route} ${r.status}`) ?? {count: 0, within: {}};
      const sum = all.get(r.route) ?? {route: r.route, count: 0, rate: 0, byStatus: {}, within: {}};
      all.set(r.route, sum);
      const grown = r.count - was.count;
      sum.count += grown;
      sum.rate += grown / seconds;
      sum.byStatus[r.status] = (sum.byStatus[r.status] ?? 0) + grown / seconds;
      for (const [bound, count] of Object.entries(r.within)) {
        sum.within[bound] = (sum.within[bound] ?? 0) + count - (was.within[bound] ?? 0);
      }
    }
  }
  return [...all.values()].sort((a, b) => a.route < b.route ? -1 : 1);
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

// Lines over the last two minutes, drawn by uPlot (loaded before this, as a global). A line is told
// by its dashes as well as its colour; the values stand in the legend, and in the picture's name.

import {clock, element} from './format.js';

const POINTS = 240;
const HEIGHT = 190;
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 2], [14, 4]];
const DECADES = [.0001, .001, .01, .1, 1, 10, 100, 1000, 10000, 100000];
const within = (u, axis, least, most) => DECADES.filter(it => it >= least && it <= most);
const SCALES = {
  linear: {scale: {range: (u, least, most) => [0, Math.max(1, most * 1.1)]}},
  logarithmic: {
    scale: {distr: 3, range: (u, least, most) => [
      DECADES.findLast(it => it <= (least ?? .001)) ?? DECADES[0],
      DECADES.find(it => it >= Math.max(.01, most ?? 0)) ?? DECADES.at(-1)]},
    axis: {splits: within, filter: (u, splits) => splits},
  },
  wide: { // from 0 to thousands
    scale: {distr: 4, asinh: 1, range: (u, least, most) => [0, Math.max(1, most * 1.2)]},
    axis: {splits: (...it) => [0, ...within(...it).filter(at => at >= 1)], filter: (u, splits) => splits},
  },
};
const scheme = matchMedia('(prefers-color-scheme: dark)');
const colours = new Map(); // of this scheme
scheme.addEventListener('change', () => colours.clear());

function colour(name) {
  if (!colours.has(name)) {
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  }
  return colours.get(name);
}

export class Chart {
  #at = [];
  #values;
  #names;
  #text;
  #drawing;
  #legend;
  #uplot;
  #seen = false;

  // text: a value as it is shown; scale: one of SCALES
  constructor(place, names, text, scale = 'linear') {
    this.#names = names;
    this.#text = text;
    this.#values = names.map(() => []);
    this.#drawing = element('div', {class: 'chart', role: 'img', 'aria-label': 'nothing yet'});
    this.#legend = names.map(() => document.createTextNode(''));
    place.replaceChildren(this.#drawing, element('ul', {class: 'legend'}, ...names.map((name, i) =>
      element('li', {}, this.#sample(i), `${name} `, this.#legend[i]))));
    const lines = {
      stroke: () => colour('--quiet'),
      grid: {stroke: () => colour('--nobody'), width: 1},
      ticks: {stroke: () => colour('--nobody'), width: 1},
    };
    this.#uplot = new uPlot({
      width: 300,
      height: HEIGHT,
      legend: {show: false},
      cursor: {show: false},
      scales: {y: SCALES[scale].scale},
      axes: [
        {...lines, values: (u, at) => at.map(it => clock(it * 1000).slice(0, 8)), space: 90},
        {...lines, values: (u, at) => at.map(it => it === null ? '' : text(it)), size: 60, ...SCALES[scale].axis},
      ],
      series: [{}, ...names.map((name, i) => (
        {label: name, stroke: () => colour(`--owner-${i}`), width: 2, dash: DASHES[i], points: {show: false}}))],
    }, [[], ...this.#values], this.#drawing);
    new ResizeObserver(([{contentRect}]) =>
      this.#uplot.setSize({width: Math.floor(contentRect.width), height: HEIGHT})).observe(this.#drawing);
    new IntersectionObserver(([{isIntersecting}]) => {
      this.#seen = isIntersecting;
      this.#draw();
    }).observe(this.#drawing);
    scheme.addEventListener('change', () => this.#uplot.redraw());
  }

  // The piece of the line that stands in the legend.
  #sample(i) {
    const svg = (tag, attributes, ...children) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.append(...children);
      return made;
    };
    return svg('svg', {class: `owner-${i}`, width: 34, height: 8, 'aria-hidden': true},
      svg('line', {x2: 34, y1: 4, y2: 4, 'stroke-dasharray': DASHES[i].join(' ')}));
  }

  // One value for each name; null where there is none.
  add(values) {
    this.#at.push(Date.now() / 1000);
    values.forEach((value, i) => this.#values[i].push(value));
    if (this.#at.length > POINTS) [this.#at, ...this.#values].forEach(it => it.shift());
    const texts = values.map(it => it === null ? '-' : this.#text(it));
    texts.forEach((text, i) => { this.#legend[i].data = text; });
    this.#drawing.dataset.points = this.#at.length;
    this.#drawing.setAttribute('aria-label', this.#names.map((name, i) => `${name} ${texts[i]}`).join(', '));
    this.#draw();
  }

  #draw() {
    if (this.#seen && !document.hidden) this.#uplot.setData([this.#at, ...this.#values]);
  }
}

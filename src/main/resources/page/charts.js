// Lines over the last two minutes, in SVG.

import {element, number} from './format.js';

const POINTS = 240;
const WIDTH = 600;
const HEIGHT = 180;
const SVG = 'http://www.w3.org/2000/svg';

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export class Chart {
  #points = [];
  #paths;
  #top;
  #drawing;
  #values;

  constructor(place, names) {
    this.#paths = names.map((name, i) =>
      svg('path', {class: `owner-${i % 6} dash-${Math.floor(i / 2) % 3}`}));
    this.#top = svg('text', {x: 6, y: 14});
    this.#drawing = svg('svg', {class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img'},
      ...this.#paths, this.#top);
    this.#values = names.map(() => document.createTextNode(''));
    place.replaceChildren(this.#drawing, element('ul', {class: 'legend'},
      ...names.map((name, i) => element('li', {class: `owner-${i % 6} dash-${Math.floor(i / 2) % 3}`}, `${name} `, this.#values[i]))));
    this.names = names;
  }

  add(values) {
    this.#points.push(values);
    if (this.#points.length > POINTS) this.#points.shift();
    const top = Math.max(1, ...this.#points.flat());
    this.#paths.forEach((path, i) => path.setAttribute('d', this.#line(i, top)));
    this.#top.textContent = `${number(top)}`;
    values.forEach((value, i) => { this.#values[i].data = number(value); });
    this.#drawing.setAttribute('aria-label',
      this.names.map((name, i) => `${name} ${number(values[i])}`).join(', '));
  }

  #line(series, top) {
    const from = POINTS - this.#points.length;
    return this.#points.map((values, i) => {
      const x = (from + i) * WIDTH / (POINTS - 1);
      const y = HEIGHT - 6 - values[series] / top * (HEIGHT - 26);
      return `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    }).join('');
  }
}

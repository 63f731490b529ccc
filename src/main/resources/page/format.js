// How numbers and times are shown, and how elements are made: always from text, never from HTML.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? '' : value);
    }
  }
  made.append(...children);
  return made;
}

// What stands there already is not touched: it may be selected, or read aloud.
export function put(place, text) {
  if (place.textContent !== `${text}`) place.textContent = `${text}`;
}

export function row(...cells) {
  const [first, ...rest] = cells;
  return element('tr', {},
    element('th', {scope: 'row'}, `${first}`),
    ...rest.map(cell => element('td', {}, `${cell}`)));
}

// Rows of texts in the body of a table.
export function fill(id, rows) {
  const body = document.getElementById(id);
  rows.forEach((cells, i) => {
    const there = body.rows[i] ?? body.appendChild(row(...cells));
    cells.forEach((cell, k) => put(there.cells[k], cell));
  });
  while (body.rows.length > rows.length) body.lastElementChild.remove();
}

const groups = new Intl.NumberFormat('en', {maximumFractionDigits: 0}); // Made once: that is slow.

export function number(value) {
  return value >= 100 ? groups.format(value) : value.toFixed(value >= 10 ? 0 : 1);
}

export function count(value) {
  return groups.format(value);
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${number(value)} ${units[unit]}`;
}

export function seconds(value) {
  if (!Number.isFinite(value)) return '-';
  return value < 1 ? `${number(value * 1000)} ms` : `${number(value)} s`;
}

export function duration(value) {
  if (value < 120) return `${value} s`;
  const minutes = Math.floor(value / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

export function clock(iso) {
  const at = new Date(iso);
  const two = it => `${it}`.padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.`
    + `${at.getMilliseconds()}`.padStart(3, '0');
}

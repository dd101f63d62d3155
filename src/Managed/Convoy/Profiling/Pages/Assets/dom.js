// Making elements and reading the figures. Names in the figures come from files that anyone may have written: they only ever
// become text nodes and attributes' values, never markup.
'use strict';

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

/** A list of more rows than this scrolls within a box of its own, so that the page does not become endless. */
const MANY = 40;

/** Characters that are not seen, but turn the text around them or break its line. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The figures that the page was written with, as they can be shown. */
function readFigures() {
  return JSON.parse(figuresText(), (_, value) => typeof value === 'string' ? value.replace(UNSEEN, '\ufffd') : value);
}

function figuresText() {
  return document.getElementById('figures').textContent;
}

/** Makes an HTML element. Attributes that are null or false are left out; children are nodes or text. */
function html(name, attributes = {}, ...children) {
  return complete(document.createElement(name), attributes, children);
}

/** Makes an SVG element in the same way. */
function svg(name, attributes = {}, ...children) {
  return complete(document.createElementNS(SVG_NAMESPACE, name), attributes, children);
}

function complete(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(key, value);
    }
  }

  element.append(...children.flat().filter(child => child !== undefined && child !== null));
  return element;
}

/** Says what the page is about: in the window's title, its heads, and its description, which goes with its charts. */
function describePage({ title, heading, about, source }) {
  document.title = title;
  put('title', heading);
  put('subtitle', about.filter(each => each).join(' · '));
  document.querySelector('meta[name=description]').content = [heading, ...about, ...source].filter(each => each).join(' · ');
}

/** Puts children into an element of the page's markup. */
function put(id, ...children) {
  document.getElementById(id).replaceChildren(...children);
}

/** Takes out a section that has nothing to show, and the link to it. */
function removeSection(id) {
  document.getElementById(`${id}-section`).remove();
  document.querySelector(`nav a[href="#${id}-section"]`).parentElement.remove();
}

/** A list of terms and their values; those without a value are left out. */
function definitions(attributes, entries) {
  const given = entries.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return html('dl', attributes, given.map(([term, value]) => html('div', {}, html('dt', {}, term), html('dd', {}, value))));
}

/** A figure, and a note below it in small print. */
function tile(figure, note) {
  const value = html('span', {}, figure);
  if (note) {
    value.append(html('small', {}, note));
  }

  return value;
}

/**
 * A table that scrolls within its box where it is too wide.
 * @param caption What it shows, for screen readers and as the box's name.
 * @param columns Each with a title, `cell(row)`, and `isText` for words, which stand at the left.
 */
function table(caption, columns, rows) {
  const heads = columns.map(column => html('th', { scope: 'col', class: column.isText ? 'text' : null }, column.title));
  const body = rows.map(row => html('tr', {}, columns.map((column, index) => {
    const attributes = { class: column.isText ? 'text' : null };
    return index === 0 ? html('th', { scope: 'row', ...attributes }, column.cell(row)) : html('td', attributes, column.cell(row));
  })));
  return markEdges(html('div', { class: rows.length > MANY ? 'scroll tall' : 'scroll', role: 'region', tabindex: 0, 'aria-label': caption },
    html('table', {}, html('caption', {}, caption), html('thead', {}, html('tr', {}, heads)), html('tbody', {}, body))));
}

/** Has a box that scrolls show on which sides there is more, as the style sheet draws it. */
function markEdges(box) {
  const mark = () => {
    box.classList.toggle('more-left', box.scrollLeft > 1);
    box.classList.toggle('more-right', box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  };
  const observer = new ResizeObserver(mark);
  observer.observe(box);
  box.firstElementChild && observer.observe(box.firstElementChild);
  box.addEventListener('scroll', mark, { passive: true });
  return box;
}

// A chart as a picture of its own: an SVG file that needs neither this page's style sheet nor a script.
'use strict';

/** What a drawn element's look is made of, with what it is where nothing says otherwise. */
const LOOK = {
  'fill': 'rgb(0, 0, 0)',
  'fill-opacity': '1',
  'stroke': 'none',
  'stroke-width': '1px',
  'stroke-dasharray': 'none',
  'stroke-linejoin': 'miter',
  'opacity': '1',
};

const TEXT_LOOK = {
  'font-size': '',
  'font-weight': '400',
  'text-anchor': 'start',
  'paint-order': 'normal',
};

/** A number with more digits than a picture shows. */
const LONG_NUMBER = /-?\d+\.\d{3,}(e-?\d+)?/g;

/** The text of an SVG file that looks as the chart does now, in the colours of the scheme that is shown. */
function exportChart(drawing) {
  const copy = copyLook(drawing);
  const textures = new Set(Array.from(drawing.querySelectorAll('[fill^="url(#"]'), each => each.getAttribute('fill').slice(5, -1)));
  copy.prepend(
    svg('title', {}, drawing.getAttribute('aria-label')),
    svg('desc', {}, document.querySelector('meta[name=description]').content),
    svg('defs', {}, Array.from(textures, id => copyLook(document.getElementById(id)))));
  copy.setAttribute('role', 'img');
  copy.setAttribute('font-family', FONT_FAMILY);
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}

/** Copies an element and all within, with the look that the style sheet gives them as attributes. */
function copyLook(element) {
  const copy = document.createElementNS(SVG_NAMESPACE, element.localName);
  for (const { name, value } of element.attributes) {
    if (!/^(class|role|tabindex|aria-.*|data-.*)$/.test(name)) {
      copy.setAttribute(name, value.replace(LONG_NUMBER, number => String(Number(Number(number).toFixed(2)))));
    }
  }

  const isContainer = /^(svg|g|defs|pattern)$/.test(element.localName);
  const style = getComputedStyle(element);
  const look = { ...(isContainer ? { opacity: LOOK.opacity } : LOOK), ...(element.localName === 'text' ? TEXT_LOOK : {}) };
  for (const [property, usual] of Object.entries(look)) {
    const value = style.getPropertyValue(property);
    if (value !== usual) {
      copy.setAttribute(property, value.replaceAll('"', "'"));
    }
  }

  copy.append(...Array.from(element.childNodes, child => child.nodeType === Node.TEXT_NODE ? child.data : copyLook(child)));
  return copy;
}

/** Offers a text as a file to save. */
function saveFile(name, type, text) {
  const link = html('a', { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Has the page's button save its figures as they were written, or what is picked of them. */
function offerFigures(name, pick = figures => figures) {
  document.getElementById('save').addEventListener('click', () =>
    saveFile(name, 'application/json', JSON.stringify(pick(JSON.parse(figuresText())), null, 2)));
}

/** A button for each figure of the page that saves its chart. */
function addSaveButtons() {
  for (const figure of document.querySelectorAll('figure[id]')) {
    const button = html('button', { type: 'button', class: 'quiet' }, 'Save as SVG');
    button.setAttribute('aria-label', `Save the chart as SVG: ${figure.getAttribute('aria-label')}`);
    button.addEventListener('click', () => saveFile(`${figure.id}.svg`, 'image/svg+xml', exportChart(figure.querySelector('svg.drawing'))));
    figure.append(button);
  }
}

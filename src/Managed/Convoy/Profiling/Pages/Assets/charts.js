// What all charts are made of: scales and ticks, text that fits, shapes and textures, marks that a pointer or the keyboard
// reaches, and the box they show their figures in.
'use strict';

const FONT_SIZE = 12;
const FONT_FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

// ---- Scales ----

/** Maps a range of values to a range of pixels. */
function linearScale([from, to], [begin, end]) {
  return value => begin + (value - from) / (to - from) * (end - begin);
}

/** The same by the values' logarithms. */
function logScale([from, to], pixels) {
  const scale = linearScale([Math.log(from), Math.log(to)], pixels);
  return value => scale(Math.log(value));
}

/** Round values from 0 to a maximum, about as many as asked for. */
function linearTicks(maximum, count) {
  const raw = maximum / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= raw);
  return Array.from({ length: Math.floor(maximum / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Powers of ten within a range; 1, 2 and 5 of each where there are few. */
function logTicks([from, to]) {
  const factors = Math.log10(to / from) < 2.5 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    ticks.push(...factors.map(factor => Number((factor * 10 ** power).toPrecision(12))));
  }

  return ticks.filter(tick => tick >= from && tick <= to);
}

/** Every so many-th of the ticks, so that no more are left than there is room for. */
function thin(ticks, room) {
  const step = Math.max(1, Math.ceil(ticks.length / Math.max(1, room)));
  return ticks.filter((_, index) => index % step === 0);
}

/** A tick's text, without needless digits. */
function formatTick(value) {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

// ---- Text ----

const textMeasure = document.createElement('canvas').getContext('2d');

/** How wide a text is, in pixels. */
function textWidth(text, size = FONT_SIZE) {
  textMeasure.font = `${size}px ${FONT_FAMILY}`;
  return textMeasure.measureText(text).width;
}

/** The text, or as much of its beginning as fits; nothing where not even three letters do. */
function fitText(text, width, size = FONT_SIZE) {
  if (textWidth(text, size) <= width) {
    return text;
  }

  const letters = Array.from(text).slice(0, Math.max(0, Math.floor(width)));
  while (letters.length > 0 && textWidth(`${letters.join('')}…`, size) > width) {
    letters.pop();
  }

  return letters.length < 3 ? '' : `${letters.join('')}…`;
}

/** The first of some texts, from the longest on, that fits as it is; nothing where none does. */
function firstThatFits(texts, width) {
  return texts.find(text => textWidth(text) <= width) ?? '';
}

// ---- Kinds, each with a texture and a shape beside its colour ----

/** What is said where a layer is bound by none of what is known. */
const UNCLEAR = 'unclear';

/** What a layer can be bound by, in the order of legends; the last stands for what is unclear. */
const BOUNDS = ['arithmetic', 'memory', 'cache', 'launch', 'waiting', 'unknown'];

const TEXTURES = {
  memory: 'M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4',
  cache: 'M2,2 h1 M6,6 h1',
  launch: 'M2,0 v8 M6,0 v8',
  waiting: 'M0,2 h8 M0,6 h8',
  stolen: 'M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4',
};

const SHAPES = {
  arithmetic: r => `M${-r},0 a${r},${r} 0 1,0 ${2 * r},0 a${r},${r} 0 1,0 ${-2 * r},0 Z`,
  memory: r => `M${-r},${-r} H${r} V${r} H${-r} Z`,
  cache: r => `M0,${-1.3 * r} L${1.3 * r},0 L0,${1.3 * r} L${-1.3 * r},0 Z`,
  launch: r => `M0,${-1.2 * r} L${1.2 * r},${r} L${-1.2 * r},${r} Z`,
  waiting: r => `M0,${1.2 * r} L${1.2 * r},${-r} L${-1.2 * r},${-r} Z`,
  unknown: r => `M${-r},${-r} L${r},${r} M${r},${-r} L${-r},${r}`,
};

/** What something is bound by, as one of BOUNDS. */
function boundOf(work) {
  return BOUNDS.includes(work.limit?.bound) ? work.limit.bound : 'unknown';
}

/** What something is bound by, in a word; that it is unclear takes peaks, by which it could be known. */
function nameBound(work) {
  return work.limit?.bound ?? (work.ms > 0 && isNumber(work.percent_of_peak) ? UNCLEAR : MISSING);
}

/** What something is bound by, in words. */
function describeBound(work) {
  return work.limit ? `${work.limit.bound}, ${formatPercent(work.limit.percent)} of its time` : UNCLEAR;
}

/** The textures, which all charts of the page refer to. */
function drawTextures() {
  const patterns = Object.entries(TEXTURES).map(([kind, path]) =>
    svg('pattern', { id: `texture-${kind}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse' },
      svg('rect', { class: `fill-${kind}`, width: 8, height: 8 }),
      svg('path', { class: 'texture', d: path })));
  return svg('svg', { class: 'textures', width: 0, height: 0, 'aria-hidden': 'true' }, svg('defs', {}, patterns));
}

/** A bar in the colour and texture of a kind. */
function drawBar(kind, attributes) {
  return kind in TEXTURES
    ? svg('rect', { ...attributes, class: 'bar', fill: `url(#texture-${kind})` })
    : svg('rect', { ...attributes, class: `bar fill-${kind}` });
}

// ---- Legends ----

/**
 * A legend in lines of a chart's width.
 * @param entries Each with a name and `draw(size)`, which draws its key around the origin.
 * @returns The drawing, and its height.
 */
function drawLegend(entries, width) {
  const size = 12;
  const line = 20;
  let x = 0;
  let y = line / 2;
  const items = entries.map(entry => {
    const needed = size + 6 + textWidth(entry.name) + 18;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += line;
    }

    const item = svg('g', { transform: `translate(${x + size / 2},${y})` },
      entry.draw(size), svg('text', { x: size / 2 + 6, dy: '0.35em' }, fitText(entry.name, width - size - 6)));
    x += needed;
    return item;
  });
  return { drawing: svg('g', { class: 'legend' }, items), height: entries.length > 0 ? y + line / 2 + 8 : 0 };
}

/** An entry whose key is a bar. */
function barEntry(kind, name) {
  return { name, draw: size => drawBar(kind, { x: -size / 2, y: -size / 2, width: size, height: size }) };
}

/** An entry whose key is a mark of the roofline. */
function shapeEntry(kind, name) {
  return { name, draw: size => svg('path', { class: `point fill-${kind} stroke-${kind}`, d: SHAPES[kind](size / 2 - 1) }) };
}

// ---- Charts on the page ----

/**
 * Draws a chart into a box, and anew where the box's width changes.
 * @param draw Draws for a width; returns the SVG element.
 */
function showChart(box, draw) {
  let width = 0;
  const redraw = () => {
    if (box.clientWidth !== width && box.clientWidth > 0) {
      width = box.clientWidth;
      box.replaceChildren(draw(width));
    }
  };
  new ResizeObserver(redraw).observe(box);
  redraw();
  return { redraw: () => { width = 0; redraw(); } };
}

/** The root of a chart, with its name for screen readers. */
function drawRoot(label, width, height, ...children) {
  return svg('svg', { class: 'drawing', role: 'group', 'aria-label': label, width, height, viewBox: `0 0 ${width} ${height}` }, ...children);
}

/**
 * Makes drawn elements marks: they show their figures under the pointer or the focus, and open on a click or Enter. A chart is
 * one stop of the Tab key, however many marks it has; the arrow keys move among them.
 * @param marks Each with its element, its title, its lines of figures, and perhaps `open()` and `enter()`.
 */
function makeMarks(root, marks) {
  const indices = new Map(marks.map((mark, index) => [mark.element, index]));
  const indexOf = event => indices.get(event.target.closest?.('.mark'));
  let current = 0;
  for (const [index, mark] of marks.entries()) {
    mark.element.classList.add('mark');
    complete(mark.element, {
      role: mark.open ? 'button' : 'img',
      tabindex: index === 0 ? 0 : -1,
      'aria-label': [mark.title, ...mark.lines].join('; '),
    }, []);
  }

  const show = (index, place) => {
    marks[index].enter?.();
    showTip(marks[index], place);
  };
  const moveTo = index => {
    marks[current].element.setAttribute('tabindex', -1);
    current = Math.max(0, Math.min(marks.length - 1, index));
    marks[current].element.setAttribute('tabindex', 0);
    marks[current].element.focus();
  };
  const listen = (type, react) => root.addEventListener(type, event => {
    const index = indexOf(event);
    if (index !== undefined) {
      react(index, event);
    }
  });

  listen('pointermove', (index, event) => show(index, { x: event.clientX, y: event.clientY }));
  listen('pointerout', hideTip);
  listen('focusout', hideTip);
  listen('click', index => marks[index].open?.());
  listen('focusin', index => show(index, { element: marks[index].element }));
  listen('keydown', (index, event) => {
    const targets = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: marks.length - 1 };
    if (event.key in targets) {
      moveTo(targets[event.key]);
    } else if ((event.key === 'Enter' || event.key === ' ') && marks[index].open) {
      marks[index].open();
    } else {
      return;
    }

    event.preventDefault();
  });
}

// ---- The box that shows a mark's figures; screen readers have them from the mark's name ----

const tip = html('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
let tipPlace = null;

/** Shows it at the pointer, or at an element, with which it scrolls. */
function showTip(mark, place) {
  if (!tip.isConnected) {
    document.body.append(tip);
    document.addEventListener('keydown', event => event.key === 'Escape' && hideTip());
    document.addEventListener('scroll', () => tipPlace?.element ? placeTip() : hideTip(), { passive: true, capture: true });
  }

  tip.replaceChildren(html('strong', {}, mark.title), ...mark.lines.map(line => html('span', {}, line)));
  tip.hidden = false;
  tipPlace = place;
  placeTip();
}

function placeTip() {
  const box = tipPlace.element?.getBoundingClientRect();
  const [x, y] = box ? [box.left + Math.min(box.width / 2, 160), box.bottom] : [tipPlace.x, tipPlace.y];
  const page = document.documentElement;
  tip.style.left = `${Math.max(8, Math.min(x + 12, page.clientWidth - tip.offsetWidth - 8))}px`;
  const below = y + 16;
  tip.style.top = `${below + tip.offsetHeight < page.clientHeight ? below : Math.max(8, y - tip.offsetHeight - 16)}px`;
}

function hideTip() {
  tip.hidden = true;
  tipPlace = null;
}

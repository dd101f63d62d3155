// Where the time goes: a bar a layer, with its phases inside, and a last one for the time between layers.
'use strict';

const WHISKER = 3;

/**
 * Draws the bars.
 * @param open Opens a layer's detail, by its index.
 */
function drawBars(profile, width, open) {
  const layout = layOutBars(profile, width);
  const bounds = BOUNDS.filter(bound => profile.layers.some(layer => partsOf(layer).some(part => part.ms > 0 && boundOf(part) === bound)));
  const legend = drawLegend(bounds.map(bound => barEntry(bound, bound === 'unknown' ? UNCLEAR : `bound by ${bound}`)), width);
  const rows = profile.layers.map((layer, index) => drawLayerRow(layer, layout, legend.height + index * layout.rowHeight));
  const gapTop = legend.height + rows.length * layout.rowHeight;
  const root = drawRoot(
    `Time of each layer of ${profile.model}, in milliseconds`, width, gapTop + layout.rowHeight + 4,
    legend.drawing, rows, drawGapRow(profile, layout, gapTop));
  makeMarks(root, profile.layers.map((layer, index) => ({
    element: rows[index],
    title: layer.name,
    lines: describeLayer(layer),
    open: () => open(index),
  })));
  return root;
}

/** Columns side by side where there is room; else a line of text above each bar. */
function layOutBars(profile, width) {
  const longest = Math.max(...[...profile.layers.flatMap(layer => [layer.ms, layer.spread_ms?.high]), profile.gap_ms].filter(isNumber));
  const isNarrow = width < 620;
  const names = Math.min(180, Math.max(...profile.layers.map(layer => textWidth(layer.name)), textWidth('between layers')) + 12);
  const left = isNarrow ? 0 : names;
  const right = isNarrow ? width - 4 : width - 210;
  return {
    width, isNarrow, left, right,
    nameWidth: names - 8,
    rowHeight: isNarrow ? 42 : 28,
    barTop: isNarrow ? 19 : 5,
    scale: linearScale([0, longest || 1], [left, right]),
  };
}

function drawLayerRow(layer, layout, top) {
  let at = 0;
  const segments = partsOf(layer).map(part => {
    const begin = layout.scale(at);
    at += part.ms;
    return drawBar(boundOf(part), { x: begin, y: layout.barTop, width: Math.max(0.5, layout.scale(at) - begin), height: 18, 'data-ms': part.ms });
  });
  return svg('g', { transform: `translate(0,${top})` },
    svg('rect', { class: 'hit', width: layout.width, height: layout.rowHeight, rx: 4 }),
    drawRowText(layout, layer.name, layer.ms, layer.percent, layer.limit?.bound ?? ''),
    segments,
    drawWhisker(layer.spread_ms, layout));
}

function drawGapRow(profile, layout, top) {
  const gap = isNumber(profile.gap_ms) ? Math.max(0, profile.gap_ms) : 0;
  const width = Math.max(0.5, layout.scale(gap) - layout.left);
  return svg('g', { transform: `translate(0,${top})` },
    drawRowText(layout, 'between layers', profile.gap_ms, null, ''),
    svg('rect', { class: 'outline', x: layout.left, y: layout.barTop, width, height: 18, 'data-ms': profile.gap_ms }));
}

function drawRowText(layout, name, milliseconds, percent, bound) {
  const words = [formatTime(milliseconds), percent === null ? '' : formatPercent(percent), bound];
  return layout.isNarrow ? drawTextAbove(layout, name, words.filter(word => word)) : drawTextBeside(layout, name, words);
}

function drawTextBeside(layout, name, [time, share, bound]) {
  return [
    svg('text', { class: 'name', x: 0, y: 18 }, fitText(name, layout.nameWidth)),
    svg('text', { class: 'figure', x: layout.right + 72, y: 18, 'text-anchor': 'end' }, time),
    svg('text', { class: 'figure', x: layout.right + 126, y: 18, 'text-anchor': 'end' }, share),
    svg('text', { class: 'word', x: layout.right + 138, y: 18 }, bound),
  ];
}

/** The name, and as many of the words as leave it room. */
function drawTextAbove(layout, name, words) {
  const room = layout.width - Math.min(60, textWidth(name)) - 16;
  const text = firstThatFits(words.map((_, left) => words.slice(0, words.length - left).join(' · ')), room);
  return [
    svg('text', { class: 'name', x: 0, y: 14 }, fitText(name, layout.width - textWidth(text) - 16)),
    svg('text', { class: 'figure', x: layout.width - 4, y: 14, 'text-anchor': 'end' }, text),
  ];
}

/** The quartiles over the runs, across the end of the bar. */
function drawWhisker(spread, layout) {
  if (!isNumber(spread?.low) || !(spread.high > spread.low)) {
    return [];
  }

  const middle = layout.barTop + 9;
  const [low, high] = [layout.scale(spread.low), layout.scale(spread.high)];
  const path = `M${low},${middle - WHISKER} v${2 * WHISKER} M${low},${middle} H${high} M${high},${middle - WHISKER} v${2 * WHISKER}`;
  return [svg('path', { class: 'whisker-back', d: path }), svg('path', { class: 'whisker', d: path })];
}

/** A layer's phases, and what is left of it beside them; the layer itself where it has none. */
function partsOf(layer) {
  if (layer.phases.length === 0) {
    return [layer];
  }

  const rest = layer.ms - layer.phases.reduce((sum, phase) => sum + phase.ms, 0);
  return rest > 0.005 * layer.ms ? [...layer.phases, { ...layer, name: 'the rest', ms: rest, limit: null }] : layer.phases;
}

/** A layer's figures in lines. */
function describeLayer(layer) {
  return [
    `${formatTime(layer.ms)}, ${formatPercent(layer.percent)} of the time`,
    layer.limit ? `bound by ${describeBound(layer)}` : '',
    ...layer.phases.map(phase => `${phase.name}: ${formatTime(phase.ms)}`),
  ].filter(line => line);
}

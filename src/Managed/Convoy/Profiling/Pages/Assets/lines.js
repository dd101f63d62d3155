// Lines of measured points, with their spread where it is known.
'use strict';

const LINE_SHAPES = ['arithmetic', 'memory', 'cache', 'launch', 'waiting'];
const LINE_DASHES = ['', '7 4', '2 3', '10 3 2 3'];
const LINES_MARGIN = { left: 58, right: 16, top: 22, bottom: 42 };

/**
 * Draws lines.
 * @param chart Its label, the titles of x and y, whether y is logarithmic, and its series: each a
 * name and points {x, y, low, high, title, lines}.
 */
function drawLines(chart, width) {
  const series = chart.series.map((each, index) => ({ ...each, shape: LINE_SHAPES[index % LINE_SHAPES.length], dash: LINE_DASHES[index % LINE_DASHES.length] }));
  const legend = drawLegend(series.map(each => ({ name: each.name, draw: size => drawKey(each, size) })), width);
  const height = legend.height + Math.max(220, Math.min(380, Math.round(width * 0.5)));
  const plot = { left: LINES_MARGIN.left, right: width - LINES_MARGIN.right, top: legend.height + LINES_MARGIN.top, bottom: height - LINES_MARGIN.bottom };
  const points = series.flatMap(each => each.points);
  const xs = [...new Set(points.map(point => point.x))].sort((one, other) => one - other);
  plot.x = scaleOf(xs, [plot.left + 14, plot.right - 14]);
  scaleHeights(plot, points, chart.isLogarithmic);
  const elements = series.map(each => each.points.map(point => drawLinePoint(point, each, plot)));
  const root = drawRoot(chart.label, width, height,
    legend.drawing, drawLineAxes(chart, xs, plot), series.map(each => drawLine(each, plot)), elements.flat());
  makeMarks(root, series.flatMap((each, index) => each.points.map((point, place) => (
    { element: elements[index][place], title: point.title, lines: point.lines }))));
  return root;
}

/** Gives a plot its scale of heights, and the ticks on it. */
function scaleHeights(plot, points, isLogarithmic) {
  const heights = points.flatMap(point => [point.y, point.low, point.high]).filter(isNumber);
  const [least, most] = [Math.min(...heights), Math.max(...heights)];
  if (isLogarithmic && least > 0) {
    const range = [least / 1.3, most * 1.3];
    plot.y = logScale(range, [plot.bottom, plot.top]);
    plot.ticks = thin(logTicks(range), (plot.bottom - plot.top) / 18);
  } else {
    plot.y = linearScale([0, (most || 1) * 1.05], [plot.bottom, plot.top]);
    plot.ticks = linearTicks(most || 1, 5);
  }
}

/** By logarithms where values are far apart, as batches that double are; in the middle where there is one. */
function scaleOf(values, [begin, end]) {
  const [from, to] = [values[0], values.at(-1)];
  if (from === to) {
    return () => (begin + end) / 2;
  }

  return from > 0 && to / from > 4 ? logScale([from, to], [begin, end]) : linearScale([from, to], [begin, end]);
}

function drawKey({ shape, dash }, size) {
  return svg('g', {},
    svg('line', { class: `line stroke-${shape}`, x1: -size / 2 - 1, x2: size / 2 + 1, 'stroke-dasharray': dash || null }),
    svg('path', { class: `point fill-${shape} stroke-${shape}`, d: SHAPES[shape](size / 3) }));
}

function drawLine({ points, shape, dash }, plot) {
  const path = points.map((point, index) => `${index === 0 ? 'M' : 'L'}${plot.x(point.x)},${plot.y(point.y)}`).join(' ');
  return svg('path', { class: `line stroke-${shape}`, d: path, 'stroke-dasharray': dash || null });
}

function drawLinePoint(point, { shape }, plot) {
  const [x, y] = [plot.x(point.x), plot.y(point.y)];
  const hasSpread = isNumber(point.low) && isNumber(point.high);
  const spread = hasSpread ? `M-4,${plot.y(point.low) - y} h8 m-4,0 V${plot.y(point.high) - y} m-4,0 h8` : null;
  return svg('g', { transform: `translate(${x},${y})`, 'data-x': point.x, 'data-y': point.y },
    spread ? svg('path', { class: `spread stroke-${shape}`, d: spread }) : null,
    svg('path', { class: `point fill-${shape} stroke-${shape}`, d: SHAPES[shape](5) }));
}

function drawLineAxes(chart, xs, plot) {
  const room = Math.floor((plot.right - plot.left) / 36);
  return svg('g', { class: 'axis' },
    plot.ticks.flatMap(tick => [
      svg('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: plot.y(tick), y2: plot.y(tick) }),
      svg('text', { class: 'tick', 'data-axis': 'y', 'data-value': tick, x: plot.left - 6, y: plot.y(tick), dy: '0.35em', 'text-anchor': 'end' }, formatTick(tick)),
    ]),
    thin(xs, room).flatMap(x => [
      svg('line', { class: 'grid', x1: plot.x(x), x2: plot.x(x), y1: plot.bottom, y2: plot.bottom + 4 }),
      svg('text', { class: 'tick', 'data-axis': 'x', 'data-value': x, x: plot.x(x), y: plot.bottom + 17, 'text-anchor': 'middle' }, formatTick(x)),
    ]),
    svg('text', { class: 'axis-title', x: plot.right, y: plot.bottom + 35, 'text-anchor': 'end' }, chart.x),
    svg('text', { class: 'axis-title', x: 0, y: plot.top - 10 }, chart.y));
}

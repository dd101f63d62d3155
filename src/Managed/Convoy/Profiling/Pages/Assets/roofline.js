// The roofline model (Williams, Waterman and Patterson, 2009): how fast something computes against how many operations it makes
// for each byte moved. Nothing lies above the roofs: the slopes are the memory's and the cache's bandwidths, the level the
// arithmetic's peak.
'use strict';

const ROOFLINE_MARGIN = { left: 46, right: 14, top: 10, bottom: 44 };

function drawRoofline(profile, width, open) {
  const points = rooflinePoints(profile, width < 520 ? 0.65 : 1);
  const bounds = BOUNDS.filter(bound => points.some(point => point.bound === bound));
  const legend = drawLegend([
    ...bounds.map(bound => shapeEntry(bound, bound === 'unknown' ? UNCLEAR : `bound by ${bound}`)),
    ...(points.some(point => point.phase) ? [{ name: 'small and hollow: a phase', draw: size => svg('circle', { class: 'point hollow stroke-unknown', r: size / 3 }) }] : []),
  ], width);
  const height = Math.max(320, Math.min(500, Math.round(width * 0.56))) + legend.height;
  const roofs = roofsOf(profile.peaks);
  const domain = rooflineDomain(points, roofs);
  const plot = {
    left: ROOFLINE_MARGIN.left, right: width - ROOFLINE_MARGIN.right, top: legend.height + ROOFLINE_MARGIN.top, bottom: height - ROOFLINE_MARGIN.bottom, domain,
  };
  plot.x = logScale(domain.x, [plot.left, plot.right]);
  plot.y = logScale(domain.y, [plot.bottom, plot.top]);
  const elements = points.map(point => drawPoint(point, plot));
  const labels = labelPoints(pointsToLabel(points, plot), roofs.flatMap(roof => roofNameBoxes(roof, plot)), plot);
  const list = drawLabelList(labels.entries, 4, height, width - 8);
  const root = drawRoot(
    `Roofline of ${profile.model}: operations a second against operations a byte`, width, height + list.height,
    legend.drawing, drawRooflineAxes(plot), roofs.map(roof => drawRoof(roof, plot)), elements, roofs.map(roof => drawRoofName(roof, plot)), labels.drawing, list.drawing);
  makeMarks(root, points.map((point, index) => ({
    element: elements[index], title: point.name, lines: describePoint(point), open: () => open(point.layer),
  })));
  return root;
}

/** All layers and phases that both compute and move something; the others have no place. */
function rooflinePoints(profile, size = 1) {
  const works = profile.layers.flatMap((layer, index) => [
    { layer: index, phase: false, name: layer.name, work: layer },
    ...(layer.phases.length > 1 ? layer.phases.map(phase => ({ layer: index, phase: true, name: `${layer.name}: ${phase.name}`, work: phase })) : []),
  ]);
  return works
    .filter(({ work }) => work.intensity > 0 && work.executed_gflops_per_second > 0)
    .map(point => ({ ...point, x: point.work.intensity, y: point.work.executed_gflops_per_second, bound: boundOf(point.work), radius: size * radiusOf(point) }));
}

/** The area shows the share of the time. */
function radiusOf({ phase, work }) {
  return (phase ? 3 : 5) + (phase ? 5 : 9) * Math.sqrt(Math.max(0, work.percent) / 100);
}

/** The roofs that were measured: slopes, in GB/s, which end at the highest level, and levels, in GFLOP/s. */
function roofsOf(peaks) {
  const levels = [['fp32', peaks?.gflops_per_second], ['16-bit', peaks?.half_gflops_per_second]].filter(([, height]) => isNumber(height));
  const slopes = [['memory', peaks?.gbytes_per_second], ['cache', peaks?.cache_gbytes_per_second]].filter(([, slope]) => isNumber(slope));
  const [highest, steepest] = [Math.max(...levels.map(([, height]) => height)), Math.max(...slopes.map(([, slope]) => slope))];
  return [
    ...slopes.map(([name, slope]) => ({ name, slope, until: highest, isLevel: false })),
    ...levels.map(([name, height]) => ({ name, height, from: height / steepest, isLevel: true })),
  ];
}

function rooflineDomain(points, roofs) {
  const levels = roofs.filter(roof => roof.isLevel).map(roof => roof.height);
  const slopes = roofs.filter(roof => !roof.isLevel).map(roof => roof.slope);
  const ridges = slopes.length > 0 && levels.length > 0 ? [Math.max(...levels) / Math.min(...slopes)] : [];
  const xs = [...points.map(point => point.x), ...ridges];
  const ys = [...points.map(point => point.y), ...levels];
  return {
    x: xs.length > 0 ? [Math.min(...xs) / 2, Math.max(...xs) * 2.5] : [0.1, 100],
    y: ys.length > 0 ? [Math.min(...ys) / 2, Math.max(...ys) * 2.2] : [1, 1000],
  };
}

function drawRooflineAxes(plot) {
  const ticks = (range, room) => thin(logTicks(range), room);
  return svg('g', { class: 'axis' },
    ticks(plot.domain.x, (plot.right - plot.left) / 44).flatMap(tick => [
      svg('line', { class: 'grid', x1: plot.x(tick), x2: plot.x(tick), y1: plot.top, y2: plot.bottom }),
      svg('text', { class: 'tick', 'data-axis': 'x', 'data-value': tick, x: plot.x(tick), y: plot.bottom + 15, 'text-anchor': 'middle' }, formatTick(tick)),
    ]),
    ticks(plot.domain.y, (plot.bottom - plot.top) / 24).flatMap(tick => [
      svg('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: plot.y(tick), y2: plot.y(tick) }),
      svg('text', { class: 'tick', 'data-axis': 'y', 'data-value': tick, x: plot.left - 6, y: plot.y(tick), dy: '0.35em', 'text-anchor': 'end' }, formatTick(tick)),
    ]),
    svg('text', { class: 'axis-title', x: plot.right, y: plot.bottom + 35, 'text-anchor': 'end' }, fitText('FLOP/byte: operations for each byte moved', plot.right)),
    svg('text', { class: 'axis-title', x: plot.left + 6, y: plot.top + 4 }, fitText('GFLOP/s, as executed', plot.right - plot.left - 6)));
}

function drawRoof(roof, plot) {
  const [begin, end] = roofEnds(roof, plot);
  return svg('line', { class: `roof roof-${roof.name}`, x1: begin[0], y1: begin[1], x2: end[0], y2: end[1], 'data-roof': roof.name });
}

/** A roof's name above it: a slope's at its foot, a level's at the right. */
function drawRoofName(roof, plot) {
  const [begin, end] = roofEnds(roof, plot);
  const angle = Math.atan2(end[1] - begin[1], end[0] - begin[0]) * 180 / Math.PI;
  return roof.isLevel
    ? svg('text', { class: 'haloed', x: end[0] - 4, y: end[1] - 8, 'text-anchor': 'end' }, roofText(roof))
    : svg('text', { class: 'haloed', transform: `translate(${begin[0]},${begin[1]}) rotate(${angle})`, x: 8, y: -6 }, roofText(roof));
}

function roofText(roof) {
  return roof.isLevel ? `${roof.name}: ${formatNumber(roof.height)} GFLOP/s` : `${roof.name}: ${formatNumber(roof.slope)} GB/s`;
}

/** Where a roof begins and ends, in pixels. */
function roofEnds(roof, plot) {
  const { x: [x0, x1], y: [y0] } = plot.domain;
  const ends = roof.isLevel ? [[Math.max(x0, roof.from), roof.height], [x1, roof.height]] : slopeEnds(roof, x0, x1, y0);
  return ends.map(([x, y]) => [plot.x(x), plot.y(y)]);
}

/** A slope's ends within the plot: up to where it meets the highest level, or the plot's side. */
function slopeEnds({ slope, until }, x0, x1, y0) {
  const begin = Math.max(x0, y0 / slope);
  const end = until > 0 ? Math.min(x1, until / slope) : x1;
  return [[begin, begin * slope], [end, end * slope]];
}

function drawPoint(point, plot) {
  return svg('g', { transform: `translate(${plot.x(point.x)},${plot.y(point.y)})`, 'data-name': point.name },
    svg('path', { class: `point ${point.phase ? 'hollow' : `fill-${point.bound}`} stroke-${point.bound}`, d: SHAPES[point.bound](point.radius) }));
}

/** The layers' points as labels need them: the greatest share of the time first. */
function pointsToLabel(points, plot) {
  return points.filter(point => !point.phase)
    .sort((one, other) => other.work.percent - one.work.percent)
    .map(({ name, x, y, radius }) => ({ name, radius, cx: plot.x(x), cy: plot.y(y) }));
}

/** The boxes that a roof's name fills: a slope's in small ones along its line. */
function roofNameBoxes(roof, plot) {
  const [[x0, y0], [x1, y1]] = roofEnds(roof, plot);
  const width = textWidth(roofText(roof));
  if (roof.isLevel) {
    return [{ left: x1 - width - 8, right: x1, top: y1 - 20, bottom: y1 }];
  }

  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  const steps = Array.from({ length: Math.ceil(width / 8) + 1 }, (_, index) => 8 + 8 * index);
  return steps.map(along => around(x0 + dx * along + 10 * dy, y0 + dy * along - 10 * dx, 9, 9));
}

function describePoint(point) {
  const { work } = point;
  return [
    `${formatNumber(point.y)} GFLOP/s at ${formatNumber(point.x)} FLOP/byte`,
    isNumber(work.percent_of_peak) ? `${formatPercent(work.percent_of_peak)} of the arithmetic’s peak, ${formatPercent(work.percent_of_bandwidth)} of the memory’s` : '',
    `${formatTime(work.ms)}, ${formatPercent(work.percent)} of the time`,
    work.limit ? `bound by ${describeBound(work)}` : '',
  ].filter(line => line);
}

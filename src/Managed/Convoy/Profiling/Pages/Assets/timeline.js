// The batch as it passed: a lane a queue or thread, and on it what ran.
'use strict';

const LANE_HEIGHT = 34;
const LANE_LABEL = 16;

/**
 * Draws the lanes.
 * @param room The width of the box, which the legend keeps to.
 * @param zoom How many times wider the lanes are.
 */
function drawTimeline(profile, room, zoom, open) {
  const { tracks, spans } = profile.timeline;
  const width = room * zoom;
  const end = Math.max(...spans.map(span => span.end_us), 1);
  const legend = drawLegend(timelineLegend(profile), room);
  const scale = linearScale([0, end], [1, width - 1]);
  const laneTop = track => legend.height + track * (LANE_LABEL + LANE_HEIGHT + 8);
  const bottom = laneTop(tracks.length) + 4;
  const root = drawRoot(
    `What ran when, over ${formatTime(end / 1e3)}, on ${formatCount(tracks.length, 'track')}`, width, bottom + 38,
    legend.drawing, drawTimeAxis(scale, end, legend.height, bottom, width));
  const groups = profile.layers.map(() => svg('g', { class: 'layer' }));
  const marks = joinNarrow(spans, scale).map(span => {
    const element = drawSpan(span, profile, scale, laneTop(span.track) + LANE_LABEL);
    groups[span.layer]?.append(element);
    return {
      element,
      title: `${profile.layers[span.layer]?.name ?? ''}: ${span.name}`,
      lines: describeSpan(span, tracks[span.track]),
      open: () => open(span.layer),
      enter: () => highlight(root, groups, groups[span.layer]),
    };
  });
  const labels = svg('g', { class: 'lane-labels' }, tracks.map((track, index) =>
    svg('text', { class: 'name', x: 1, y: laneTop(index) + 11 }, fitText(track.name, width - 4))));
  root.append(...groups, labels);
  root.addEventListener('pointerleave', () => highlight(root, groups, null));
  root.addEventListener('focusout', () => highlight(root, groups, null));
  if (marks.length > 0) {
    makeMarks(root, marks);
  }

  return root;
}

function timelineLegend(profile) {
  const { spans } = profile.timeline;
  const bounds = BOUNDS.filter(bound => spans.some(span => boundOf(workOf(span, profile)) === bound));
  const stolen = { name: 'work stolen from another thread', draw: size => svg('rect', { class: 'outline', x: -size / 2, y: 0, width: size, height: size / 2 }) };
  return [
    ...bounds.map(bound => barEntry(bound, bound === 'unknown' ? UNCLEAR : bound)),
    ...(spans.some(span => span.is_stolen) ? [stolen] : []),
  ];
}

/** The phase that a span is of, or its layer. */
function workOf(span, profile) {
  const layer = profile.layers[span.layer];
  return layer?.phases.find(phase => phase.name === span.name) ?? layer ?? {};
}

/** Spans of one layer and lane that are too narrow to see become one: thousands of them would be slow and show no more. */
function joinNarrow(spans, scale) {
  const joined = [];
  const lasts = new Map();
  for (const span of [...spans].sort((one, other) => one.begin_us - other.begin_us)) {
    const last = lasts.get(span.track);
    const isNear = last && scale(span.begin_us) - scale(last.end_us) < 0.5 && scale(last.end_us) - scale(last.begin_us) < 1.5;
    if (isNear && last.layer === span.layer && last.is_stolen === span.is_stolen && last.name === span.name) {
      last.end_us = Math.max(last.end_us, span.end_us);
      last.images += span.images;
    } else {
      const copy = { ...span };
      joined.push(copy);
      lasts.set(span.track, copy);
    }
  }

  return joined;
}

function drawSpan(span, profile, scale, top) {
  const x = scale(span.begin_us);
  const width = Math.max(0.6, scale(span.end_us) - x - (scale(span.end_us) - x > 3 ? 0.75 : 0));
  const inset = span.is_stolen ? LANE_HEIGHT * 0.45 : 0;
  const bound = boundOf(workOf(span, profile));
  const layer = profile.layers[span.layer]?.name ?? '';
  const label = textWidth(layer, 11) <= width - 8 ? layer : fitText(layer, width - 8, 11);
  return svg('g', { 'data-begin': span.begin_us, 'data-end': span.end_us },
    drawBar(bound, { x, y: top + inset, width, height: LANE_HEIGHT - inset }),
    label && !span.is_stolen ? svg('text', { class: `inside inside-${bound}`, x: x + 4, y: top + 21 }, label) : null);
}

function describeSpan(span, track) {
  const [begin, end] = [span.begin_us / 1e3, span.end_us / 1e3];
  return [
    `${formatTime(end - begin)}, from ${formatTime(begin)} to ${formatTime(end)}`,
    span.images === 1 ? `image ${span.first_image}` : `images ${span.first_image} to ${span.first_image + span.images - 1}`,
    `on ${track?.name ?? 'an unknown track'}${span.is_stolen ? ', stolen from another thread' : ''}`,
  ];
}

function drawTimeAxis(scale, end, top, bottom, width) {
  const ticks = linearTicks(end / 1e3, Math.max(3, Math.floor(width / 110)));
  return svg('g', { class: 'axis' },
    ticks.map(tick => svg('line', { class: 'grid', x1: scale(tick * 1e3), x2: scale(tick * 1e3), y1: top, y2: bottom })),
    ticks.map((tick, index) => svg('text', {
      class: 'tick', 'data-axis': 'x', 'data-value': tick * 1e3, x: scale(tick * 1e3), y: bottom + 14, 'text-anchor': index === 0 ? 'start' : scale(tick * 1e3) > width - 20 ? 'end' : 'middle',
    }, formatTick(tick))),
    svg('text', { class: 'axis-title', x: 1, y: bottom + 32 }, fitText('milliseconds from the batch’s beginning', width)));
}

/** Dims all layers but one; none where there is none. */
function highlight(root, groups, chosen) {
  root.classList.toggle('has-highlight', chosen !== null);
  for (const group of groups) {
    group.classList.toggle('highlight', group === chosen);
  }
}

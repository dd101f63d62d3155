// Names on the roofline: beside their points where there is room, or a little way off with a line that leads there; points that lie
// too close together for that share a number, which a list below the plot resolves. No text lies on another one.
'use strict';

const NAME_REACHES = [0, 14, 28];
const NUMBER_REACHES = [0, 10, 20, 32, 46, 62, 80];

/** Where all is full: over other points rather than nowhere, though never over a text. */
const FAR_REACHES = Array.from({ length: 25 }, (_, index) => 12 * index);

const DIRECTIONS = [[1, 0], [-1, 0], [0, -1], [0, 1], [0.8, -0.8], [0.8, 0.8], [-0.8, -0.8], [-0.8, 0.8]];

/** How far apart, in pixels, points lie at most that share a number. */
const CLUSTER = 24;

/**
 * Names points.
 * @param points Each with its place {cx, cy}, radius, and name, the greatest first.
 * @param taken Boxes that no text may lie on.
 * @returns The drawing, and the list's entries: a number and the names that it stands for.
 */
function labelPoints(points, taken, plot) {
  const texts = [...taken];
  const boxes = [...taken, ...points.map(point => around(point.cx, point.cy, point.radius, point.radius))];
  const drawn = [];
  const place = (point, text, reaches, covered = boxes, crossed = texts) => {
    const found = findPlace(point, textWidth(text), reaches, covered, crossed, plot);
    if (found) {
      texts.push(found.box);
      boxes.push(found.box);
      drawn.push(drawLabel(point, text, found));
    }

    return found;
  };
  const unnamed = points.filter(point => !place(point, fitText(point.name, 120), NAME_REACHES));
  const entries = [];
  for (const cluster of clusterPoints(unnamed)) {
    const number = String(entries.length + 1);
    const found = place(cluster[0], number, NUMBER_REACHES) ?? place(cluster[0], number, FAR_REACHES, texts, []);
    entries.push(`${found ? number : MISSING}: ${cluster.map(point => fitText(point.name, 120)).join(', ')}`);
  }

  return { drawing: svg('g', { 'aria-hidden': 'true' }, drawn), entries };
}

/** The points by those they lie close to: each cluster begins with its greatest. */
function clusterPoints(points) {
  const clusters = [];
  for (const point of points) {
    const near = clusters.find(([first]) => Math.hypot(first.cx - point.cx, first.cy - point.cy) <= CLUSTER);
    if (near) {
      near.push(point);
    } else {
      clusters.push([point]);
    }
  }

  return clusters;
}

/** The nearest place for a text around a point where it covers none of some boxes, and its line crosses none of others. */
function findPlace(point, width, reaches, covered, crossed, plot) {
  for (const reach of reaches) {
    for (const [dx, dy] of DIRECTIONS) {
      const away = point.radius + 4 + reach;
      const [x, y] = [point.cx + dx * away + Math.sign(dx) * width / 2, point.cy + dy * (away + 6)];
      const box = around(x, y, width / 2, 7);
      const line = reach > 0 ? [point.cx, point.cy, point.cx + dx * (away - 2), point.cy + dy * (away - 1)] : null;
      const fits = box.left > plot.left && box.right < plot.right && box.top > plot.top && box.bottom < plot.bottom;
      if (fits && !covered.some(other => overlap(other, box)) && !(line && crossed.some(other => crosses(line, other)))) {
        return { x, y, box, line };
      }
    }
  }

  return null;
}

function crosses([x1, y1, x2, y2], box) {
  return [0.2, 0.4, 0.6, 0.8, 1].some(share =>
    overlap(around(x1 + share * (x2 - x1), y1 + share * (y2 - y1), 0.5, 0.5), box));
}

function drawLabel(point, text, { x, y, line }) {
  return svg('g', { class: 'label' },
    line ? svg('line', { class: 'leader', x1: line[0], y1: line[1], x2: line[2], y2: line[3] }) : null,
    svg('text', { class: 'haloed', x, y, dy: '0.35em', 'text-anchor': 'middle' }, text));
}

/** The list of what the numbers stand for, in lines of a width. */
function drawLabelList(entries, left, top, width) {
  const lines = entries.flatMap(entry => wrapWords(entry, width));
  return {
    drawing: svg('g', { class: 'label-list' }, lines.map((line, index) => svg('text', { x: left, y: top + 18 * index + 12 }, line))),
    height: lines.length > 0 ? 18 * lines.length + 8 : 0,
  };
}

/** Breaks a text at its spaces. */
function wrapWords(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && textWidth(longer) > width) {
      lines.push(fitText(word, width));
    } else {
      lines[lines.length - 1] = fitText(longer, width);
    }
  }

  return lines;
}

function around(x, y, dx, dy) {
  return { left: x - dx, right: x + dx, top: y - dy, bottom: y + dy };
}

function overlap(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

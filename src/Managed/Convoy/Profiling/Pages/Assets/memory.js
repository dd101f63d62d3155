// The arena over a batch: offsets across, steps downwards. What stands below another one has its room.
'use strict';

function drawMemory(memory, width) {
  const stages = ['input', ...memory.steps, 'output'];
  const rowHeight = Math.max(16, Math.min(26, 800 / stages.length));
  const left = Math.min(width < 520 ? 84 : 170, Math.max(...stages.map(stage => textWidth(stage))) + 12);
  const legend = drawLegend([barEntry('map', 'feature map'), barEntry('stolen', 'workspace')], width);
  const top = legend.height + 22;
  const bottom = top + stages.length * rowHeight;
  const scale = linearScale([0, memory.arena_bytes || 1], [left, width - 2]);
  const rows = stages.map((stage, index) => svg('text', {
    class: 'name', x: 0, y: top + (index + 0.5) * rowHeight, dy: '0.35em',
  }, fitText(stage, left - 8)));
  const lines = stages.map((_, index) => svg('line', { class: 'grid', x1: left, x2: width, y1: top + index * rowHeight, y2: top + index * rowHeight }));
  const elements = memory.buffers.map(buffer => drawBuffer(buffer, scale, top, rowHeight));
  const root = drawRoot(
    `The arena over a batch: ${formatBytes(memory.arena_bytes)} across, ${formatCount(stages.length, 'stage')} downwards`, width, bottom + 6,
    legend.drawing, drawByteAxis(memory.arena_bytes, scale, legend.height, bottom, left, width), lines, rows, elements);
  if (elements.length > 0) {
    makeMarks(root, memory.buffers.map((buffer, index) => ({
      element: elements[index], title: buffer.name, lines: describeBuffer(buffer, memory),
    })));
  }

  return root;
}

function drawBuffer(buffer, scale, top, rowHeight) {
  const [x, end] = [scale(buffer.offset), scale(buffer.offset + buffer.bytes)];
  const y = top + (buffer.first_step + 1) * rowHeight + 1;
  const height = (buffer.last_step - buffer.first_step + 1) * rowHeight - 2;
  const width = Math.max(1, end - x - 1);
  const label = fitText(buffer.name, width - 8, 11);
  return svg('g', { 'data-offset': buffer.offset, 'data-bytes': buffer.bytes },
    drawBar(buffer.is_workspace ? 'stolen' : 'map', { x, y, width, height, rx: 2 }),
    label ? svg('text', { class: `inside inside-${buffer.is_workspace ? 'stolen' : 'map'}`, x: x + 4, y: y + height / 2, dy: '0.35em' }, label) : null);
}

function drawByteAxis(bytes, scale, top, bottom, left, width) {
  const [size, unit] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'KB'];
  const ticks = linearTicks(Math.max(bytes, 1) / size, Math.max(2, Math.floor((width - left) / 90)));
  return svg('g', { class: 'axis' }, ticks.flatMap((tick, index) => [
    svg('line', { class: 'grid', x1: scale(tick * size), x2: scale(tick * size), y1: top + 18, y2: bottom }),
    svg('text', {
      class: 'tick', 'data-axis': 'x', 'data-value': tick * size, x: scale(tick * size), y: top + 12, 'text-anchor': index === 0 ? 'start' : scale(tick * size) > width - 24 ? 'end' : 'middle',
    }, index === 0 ? '0' : `${formatTick(tick)} ${unit}`),
  ]));
}

/** The buffers whose room another one takes over when their time has passed. */
function reusedBy(buffer, memory) {
  return memory.buffers.filter(other => other.last_step < buffer.first_step
    && other.offset < buffer.offset + buffer.bytes && buffer.offset < other.offset + other.bytes);
}

function stageName(step, memory) {
  return step < 0 ? 'the input' : memory.steps[step] ?? 'the output';
}

function describeLifetime(buffer, memory) {
  return buffer.first_step === buffer.last_step
    ? `within ${stageName(buffer.first_step, memory)}`
    : `from ${stageName(buffer.first_step, memory)} to ${stageName(buffer.last_step, memory)}`;
}

function describeBuffer(buffer, memory) {
  const reused = reusedBy(buffer, memory).map(other => other.name);
  return [
    `${formatBytes(buffer.bytes)} at ${formatBytes(buffer.offset)}`,
    describeLifetime(buffer, memory),
    reused.length > 0 ? `has the room of ${listSome(reused, 6)}` : '',
  ].filter(line => line);
}

/** Names with commas between, the rest of many as a count. */
function listSome(names, most) {
  return names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ');
}

function drawMemoryTable(memory) {
  return table('What lies in the arena', [
    { title: 'buffer', isText: true, cell: buffer => buffer.name },
    { title: 'kind', isText: true, cell: buffer => buffer.is_workspace ? 'workspace' : 'feature map' },
    { title: 'offset', cell: buffer => formatBytes(buffer.offset) },
    { title: 'size', cell: buffer => formatBytes(buffer.bytes) },
    { title: 'lives', isText: true, cell: buffer => describeLifetime(buffer, memory) },
    { title: 'has the room of', isText: true, cell: buffer => listSome(reusedBy(buffer, memory).map(other => other.name), 6) },
  ], memory.buffers);
}

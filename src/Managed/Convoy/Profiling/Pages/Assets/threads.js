// What each thread did: its own share, work that it took from the others', and waiting.
'use strict';

const THREAD_KINDS = [
  { kind: 'busy', field: 'busy_ms', name: 'busy with its own share' },
  { kind: 'stolen', field: 'stolen_ms', name: 'work stolen from another thread' },
  { kind: 'idle', field: 'waiting_ms', name: 'waiting' },
];

/** Each thread's times over all of some works, by the threads' numbers. */
function sumThreads(works) {
  const sums = new Map();
  for (const times of works.flatMap(work => work.threads)) {
    const sum = sums.get(times.thread) ?? { thread: times.thread, busy_ms: 0, stolen_ms: 0, waiting_ms: 0 };
    for (const { field } of THREAD_KINDS) {
      sum[field] += times[field];
    }

    sums.set(times.thread, sum);
  }

  return [...sums.values()].sort((one, other) => one.thread - other.thread);
}

/** What share of its threads' time some works waited, in percent; nothing where threads are not reported. */
function waitingShare(works) {
  const threads = works.flatMap(work => work.threads);
  const total = threads.reduce((sum, times) => sum + times.busy_ms + times.stolen_ms + times.waiting_ms, 0);
  return total > 0 ? 100 * threads.reduce((sum, times) => sum + times.waiting_ms, 0) / total : NaN;
}

function drawThreads(threads, width) {
  const legend = drawLegend(THREAD_KINDS.map(({ kind, name }) => barEntry(kind, name)), width);
  const longest = Math.max(...threads.map(totalOf), Number.MIN_VALUE);
  const rowHeight = 44;
  const scale = linearScale([0, longest], [0, width - 2]);
  const rows = threads.map((times, index) => drawThreadRow(times, scale, width, legend.height + index * rowHeight));
  const root = drawRoot('What each thread did, in milliseconds', width, legend.height + threads.length * rowHeight, legend.drawing, rows);
  makeMarks(root, threads.map((times, index) => ({
    element: rows[index],
    title: `thread ${times.thread}`,
    lines: THREAD_KINDS.map(({ field, name }) => `${name}: ${formatTime(times[field])}, ${formatPercent(100 * times[field] / totalOf(times))}`),
  })));
  return root;
}

function totalOf(times) {
  return times.busy_ms + times.stolen_ms + times.waiting_ms;
}

function drawThreadRow(times, scale, width, top) {
  let at = 0;
  const bars = THREAD_KINDS.map(({ kind, field }) => {
    const begin = scale(at);
    at += times[field];
    return drawBar(kind, { x: begin + 1, y: 19, width: Math.max(0, scale(at) - begin), height: 18, 'data-ms': times[field] });
  });
  const name = `thread ${times.thread}`;
  const [busy, stolen, waiting] = THREAD_KINDS.map(({ field }) => formatPercent(100 * times[field] / totalOf(times)));
  const texts = [`busy ${busy} · stolen ${stolen} · waiting ${waiting}`, `${busy} · ${stolen} · ${waiting}`, busy];
  return svg('g', { transform: `translate(0,${top})` },
    svg('rect', { class: 'hit', width, height: 42, rx: 4 }),
    svg('text', { class: 'name', x: 1, y: 14 }, name),
    svg('text', { class: 'figure', x: width - 2, y: 14, 'text-anchor': 'end' }, firstThatFits(texts, width - textWidth(name) - 12)),
    bars);
}

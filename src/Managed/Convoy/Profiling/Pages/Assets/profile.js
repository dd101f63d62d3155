// The page of a profile: puts its figures into the markup of profile.html, and its charts.
'use strict';

const ZOOMS = [1, 2, 4, 8, 16];

/** The share of the cores that others may take, in percent, before a figure is not to be relied on: CoreUse.BusyPercent. */
const BUSY_PERCENT = 10;

/** The share of the wall clock between the layers, in percent, that is worth a sentence. */
const WIDE_GAP = 10;

function showProfile(profile) {
  const open = createDetail(profile);
  document.body.append(drawTextures());
  showTitle(profile);
  showSummary(profile);
  showTime(profile, open);
  showTimeline(profile, open);
  showRoofline(profile, open);
  showThreads(profile);
  showMemory(profile.memory);
  showComparison(profile.comparison);
  put('layers', drawLayerTable(profile, open));
  showMachine(profile);
  offerFigures('profile.json');
  addSaveButtons();
}

function showTitle(profile) {
  const { measured_on: on } = profile;
  describePage({
    title: `${profile.model} on ${profile.device}: Convoy profile`,
    heading: `${profile.model} on ${profile.device}`,
    about: [
      profile.device_name, `batch ${formatInteger(profile.batch)}`, profile.precision, formatCount(profile.threads, 'thread'),
      `most typical of ${formatCount(profile.runs, 'run')}`,
    ],
    source: on ? [on.processor, `Convoy ${on.version}, commit ${on.commit.slice(0, 10)}`, on.command, formatDate(on.time)] : [],
  });
}

function showSummary(profile) {
  const executed = profile.layers.reduce((sum, layer) => sum + layer.executed_gflop, 0);
  const effective = profile.layers.reduce((sum, layer) => sum + layer.gflop, 0);
  const rate = flops => flops / profile.sum_ms * 1e3;
  const peak = profile.peaks?.gflops_per_second;
  put('summary', definitions({ class: 'tiles' }, [
    ['images a second', formatNumber(profile.images_per_second)],
    ['batch, wall clock', tile(formatTime(profile.wall_ms), formatSpread(profile.wall_spread_ms))],
    ['between the layers', tile(formatTime(profile.gap_ms), formatPercent(100 * profile.gap_ms / profile.wall_ms))],
    ['GFLOP/s executed', tile(formatNumber(rate(executed)), isNumber(peak) ? `${formatPercent(100 * rate(executed) / peak)} of the peak` : '')],
    ['GFLOP/s effective', tile(formatNumber(rate(effective)), 'counted as direct convolution')],
    ['threads waited', isNumber(waitingShare(profile.layers)) ? formatPercent(waitingShare(profile.layers)) : ''],
  ]), ...warn(profile), ...describeAdvice(profile), ...describeStream(profile.stream));
}

/** What keeps the figures from being what they usually are. */
function warn(profile) {
  const { times_problem: times, peaks_problem: peaks, other_processes_percent: others, interrupted } = profile;
  const warnings = [
    interrupted && `It was interrupted after ${formatCount(profile.runs, 'run')}; what is measured after them may be missing.`,
    times && `${times} Layers were waited for one by one and timed by the host’s clock, which counts the way to the device and back for each.`,
    peaks,
    others >= BUSY_PERCENT && `Other processes, or a virtual machine’s hypervisor, took ${formatPercent(others)} of the cores meanwhile: too much to rely on the figures.`,
  ];
  return warnings.filter(each => each).map(each => html('p', { class: 'note warning' }, each));
}

/** What would help with the three layers that take most of the time, and with the time between layers. */
function describeAdvice(profile) {
  const known = profile.peaks ? profile.layers.filter(layer => layer.ms > 0) : profile.layers.filter(layer => layer.limit);
  const advised = known.sort((one, other) => other.ms - one.ms).slice(0, 3);
  const gap = 100 * profile.gap_ms / profile.wall_ms;
  return [
    ...advised.length === 0 ? [] : [
      html('h3', {}, 'What takes most of the time, and what would help'),
      html('ol', { class: 'advices' }, advised.map(layer => html('li', {},
        html('strong', {}, layer.name), ` ${formatPercent(layer.percent)}, ${describeLimit(layer.limit)}`))),
    ],
    ...gap >= WIDE_GAP ? [html('p', { class: 'note' },
      `Between the layers passes ${formatPercent(gap)} of the wall clock: work is launched, and waited for. A larger batch has less of it for each image.`)] : [],
  ];
}

function describeLimit(limit) {
  return limit
    ? `bound by ${limit.bound}. ${limit.advice}`
    : `${UNCLEAR}: neither multiply-adds, bytes, launching nor waiting explains a quarter of it. Another algorithm or batch may be faster.`;
}

function describeStream(stream) {
  if (!stream) {
    return [];
  }

  const overlap = stream.transfers_batches
    ? `${formatTime(stream.overlapped_ms)} of ${formatTime(stream.transfer_ms)} of transfers ran while another batch computed`
    : 'the device works in the host’s memory, so that there is nothing to transfer';
  return [html('p', { class: 'note' },
    `With ${formatCount(stream.batches_in_flight, 'batch', 'batches')} in flight, a batch follows another after ${formatTime(stream.wall_ms)}: `
      + `upload ${formatTime(stream.upload_ms)}, compute ${formatTime(stream.compute_ms)}, download ${formatTime(stream.download_ms)}; ${overlap}.`)];
}

function showTime(profile, open) {
  document.getElementById('bars').classList.toggle('tall', profile.layers.length > MANY);
  showChart(document.getElementById('bars'), width => drawBars(profile, width, open));
  const sum = `${formatTime(profile.sum_ms)} in the layers, ${formatTime(profile.wall_ms)} by the wall clock.`;
  const bounds = profile.layers.some(layer => layer.limit) ? '' : ' What bounds them is unclear: the device’s peaks were not measured.';
  put('time-note', sum + bounds);
}

function showTimeline(profile, open) {
  const box = document.getElementById('timeline');
  if (profile.timeline.spans.length === 0) {
    removeSection('timeline');
    return;
  }

  let zoom = 1;
  const chart = showChart(box, width => drawTimeline(profile, width, zoom, open));
  const set = (index, buttons) => {
    zoom = ZOOMS[index];
    buttons.forEach((button, each) => button.setAttribute('aria-pressed', each === index));
    const middle = (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth;
    chart.redraw();
    box.scrollLeft = middle * box.scrollWidth - box.clientWidth / 2;

    // The new drawing's names and edges are not where the box is scrolled to.
    box.dispatchEvent(new Event('scroll'));
  };
  const buttons = ZOOMS.map((each, index) => {
    const button = html('button', { type: 'button', 'aria-pressed': index === 0 ? 'true' : 'false' }, `${each}×`);
    button.addEventListener('click', () => set(index, buttons));
    return button;
  });
  put('zoom', ...buttons);
  markEdges(box).addEventListener('scroll', () =>
    box.querySelectorAll('.legend, .lane-labels').forEach(each => each.setAttribute('transform', `translate(${box.scrollLeft},0)`)), { passive: true });
}

function showRoofline(profile, open) {
  const points = rooflinePoints(profile);
  const absent = profile.layers.filter(layer => !points.some(point => point.work === layer)).map(layer => layer.name);
  const notes = [
    profile.peaks ? `Peaks measured on ${formatCount(profile.peaks.threads, 'thread')}.` : 'There are no roofs: the device’s peaks were not measured.',
    absent.length > 0 ? `Without a point, since they compute nothing or no bytes are counted: ${listSome(absent, 8)}.` : '',
  ];
  put('roofline-note', notes.filter(note => note).join(' '));
  if (points.length === 0) {
    document.getElementById('roofline-figure').remove();
    return;
  }

  showChart(document.getElementById('roofline'), width => drawRoofline(profile, width, open));
}

function showThreads(profile) {
  const threads = sumThreads(profile.layers);
  if (threads.length === 0) {
    document.getElementById('threads-figure').remove();
    put('threads-note', 'The backend does not report what its threads do.');
    return;
  }

  showChart(document.getElementById('threads'), width => drawThreads(threads, width));
}

function showMemory(memory) {
  const together = memory.buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  put('memory-figures', definitions({ class: 'tiles' }, [
    ['arena', tile(formatBytes(memory.arena_bytes), `${formatBytes(together)} if nothing were reused`)],
    ['packed weights', formatBytes(memory.packed_bytes)],
    ['scratch of all threads', formatBytes(memory.scratch_bytes)],
  ]));
  if (memory.buffers.length === 0) {
    document.getElementById('memory-figure').remove();
    return;
  }

  document.getElementById('memory').classList.toggle('tall', memory.steps.length > MANY);
  showChart(document.getElementById('memory'), width => drawMemory(memory, width));
  put('memory-table', drawMemoryTable(memory));
}

function showComparison(comparison) {
  if (!comparison) {
    removeSection('comparison');
    return;
  }

  put('comparison', drawComparison(comparison));
  put('comparison-note', describeComparison(comparison));
}

function showMachine(profile) {
  const { peaks, measured_on: on } = profile;
  put('machine', definitions({ class: 'figures wide' }, [
    ['command', on?.command ? html('code', {}, on.command) : ''],
    ['measured', on ? formatDate(on.time) : ''],
    ['processor', on?.processor],
    ['system', on?.system],
    ['runtime', on?.runtime],
    ['Convoy', on ? `${on.version}, commit ${on.commit.slice(0, 10)}` : ''],
    ['device', `${profile.device}: ${profile.device_name}`],
    ['backend', profile.backend],
    ['peak arithmetic', peaks ? formatNumber(peaks.gflops_per_second, 'GFLOP/s') : 'not measured'],
    ['in 16-bit numbers', isNumber(peaks?.half_gflops_per_second) ? formatNumber(peaks.half_gflops_per_second, 'GFLOP/s') : ''],
    ['memory bandwidth', peaks ? formatNumber(peaks.gbytes_per_second, 'GB/s') : 'not measured'],
    ['cache bandwidth', isNumber(peaks?.cache_gbytes_per_second) ? formatNumber(peaks.cache_gbytes_per_second, 'GB/s') : ''],
    ['last-level cache', peaks?.cache_bytes > 0 ? formatBytes(peaks.cache_bytes) : ''],
    ['to the device', isNumber(peaks?.upload_gbytes_per_second) ? formatNumber(peaks.upload_gbytes_per_second, 'GB/s') : ''],
    ['from the device', isNumber(peaks?.download_gbytes_per_second) ? formatNumber(peaks.download_gbytes_per_second, 'GB/s') : ''],
    ['launch', isNumber(peaks?.launch_us) ? formatNumber(peaks.launch_us, 'µs') : ''],
  ]));
}

showProfile(readFigures());

// A layer's figures, all of them, in a dialog.
'use strict';

/**
 * Makes the dialog.
 * @returns A function that opens it for a layer, by its index.
 */
function createDetail(profile) {
  const title = html('h2', { id: 'detail-title', tabindex: -1 });
  const body = html('div');
  const close = html('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
  const dialog = html('dialog', { id: 'detail', 'aria-labelledby': 'detail-title' }, close, title, body);
  document.body.append(dialog);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', event => event.target === dialog && dialog.close());
  const show = index => {
    hideTip();
    title.textContent = profile.layers[index].name;
    body.replaceChildren(...describeDetail(profile, index, show));
    if (!dialog.open) {
      dialog.showModal();
    }

    dialog.scrollTop = 0;
    title.focus();
  };
  return show;
}

function describeDetail(profile, index, show) {
  const layer = profile.layers[index];
  return [
    html('p', { class: 'sub' }, `${layer.op}: ${layer.algorithm}`),
    layer.limit ? html('p', { class: `advice bound-${boundOf(layer)}` },
      html('strong', {}, `Bound by ${describeBound(layer)}. `), layer.limit.advice) : null,
    definitions({ class: 'figures' }, layerFigures(layer)),
    ...sectionOf('Phases', layer.phases, drawPhaseTable),
    ...sectionOf('Threads', layer.threads, drawThreadTable),
    ...sectionOf('Shares by arithmetic', layer.shares, drawShareTable),
    html('p', { class: 'neighbours' }, neighbourButton(profile, index - 1, '←', show), neighbourButton(profile, index + 1, '→', show)),
  ].filter(node => node);
}

function layerFigures(layer) {
  return [
    ['time', formatTime(layer.ms)],
    ['quartiles', formatSpread(layer.spread_ms)],
    ['of the time', formatPercent(layer.percent)],
    ['input C × H × W', formatShape(layer.input_shape)],
    ['output C × H × W', formatShape(layer.output_shape)],
    ['GFLOP by definition', formatNumber(layer.gflop)],
    ['GFLOP executed', formatNumber(layer.executed_gflop)],
    ['GFLOP/s effective', formatNumber(layer.gflops_per_second)],
    ['GFLOP/s executed', formatNumber(layer.executed_gflops_per_second)],
    ['of the peak, executed', formatPercent(layer.percent_of_peak)],
    ['read and written', isNumber(layer.gbytes) ? formatBytes(layer.gbytes * 1e9) : ''],
    ['GB/s', formatNumber(layer.gbytes_per_second)],
    ['of the bandwidth', formatPercent(layer.percent_of_bandwidth)],
    ['FLOP/byte', layer.intensity > 0 ? formatNumber(layer.intensity) : MISSING],
    ['layers', layer.layers.join(', ')],
    ['chosen', layer.choice],
  ];
}

function sectionOf(title, rows, draw) {
  return rows?.length > 0 ? [html('h3', {}, title), draw(rows)] : [];
}

function drawPhaseTable(phases) {
  return table('Phases', [
    { title: 'phase', isText: true, cell: phase => phase.name },
    { title: 'time', cell: phase => formatTime(phase.ms) },
    { title: 'share', cell: phase => formatPercent(phase.percent) },
    { title: 'runs', cell: phase => formatInteger(phase.launches) },
    { title: 'GFLOP/s', cell: phase => formatNumber(phase.executed_gflops_per_second) },
    { title: 'of peak', cell: phase => formatPercent(phase.percent_of_peak) },
    { title: 'GB/s', cell: phase => formatNumber(phase.gbytes_per_second) },
    { title: 'of bandwidth', cell: phase => formatPercent(phase.percent_of_bandwidth) },
    { title: 'bound by', isText: true, cell: nameBound },
    { title: 'what would help', isText: true, cell: phase => phase.limit?.advice ?? MISSING },
  ], phases);
}

function drawThreadTable(threads) {
  return table('Threads', [
    { title: 'thread', isText: true, cell: times => String(times.thread) },
    { title: 'busy', cell: times => formatTime(times.busy_ms) },
    { title: 'stolen', cell: times => formatTime(times.stolen_ms) },
    { title: 'waiting', cell: times => formatTime(times.waiting_ms) },
  ], threads);
}

function drawShareTable(shares) {
  return table('Shares by arithmetic', [
    { title: 'layer', isText: true, cell: share => share.layer },
    { title: 'share', cell: share => formatPercent(share.percent) },
  ], shares);
}

function neighbourButton(profile, index, arrow, show) {
  const layer = profile.layers[index];
  if (!layer) {
    return html('span');
  }

  const button = html('button', { type: 'button', class: 'quiet' }, arrow === '←' ? `← ${layer.name}` : `${layer.name} →`);
  button.addEventListener('click', () => show(index));
  return button;
}

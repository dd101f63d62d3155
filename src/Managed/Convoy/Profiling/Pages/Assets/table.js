// All layers' figures as a table: what the charts show, for those who cannot see them, and to copy.
'use strict';

function drawLayerTable(profile, open) {
  const buttons = new Map(profile.layers.map((layer, index) => {
    const button = html('button', { type: 'button', class: 'link' }, layer.name);
    button.addEventListener('click', () => open(index));
    return [layer, button];
  }));
  return table('Layers', [
    { title: 'layer', isText: true, cell: layer => buttons.get(layer) },
    { title: 'operation', isText: true, cell: layer => layer.op },
    { title: 'algorithm', isText: true, cell: layer => layer.algorithm },
    { title: 'output C × H × W', cell: layer => formatShape(layer.output_shape) },
    { title: 'time', cell: layer => formatTime(layer.ms) },
    { title: 'quartiles', cell: layer => formatSpread(layer.spread_ms) || MISSING },
    { title: 'share', cell: layer => formatPercent(layer.percent) },
    { title: 'bound by', isText: true, cell: nameBound },
    { title: 'GFLOP/s effective', cell: layer => formatNumber(layer.gflops_per_second) },
    { title: 'executed', cell: layer => formatNumber(layer.executed_gflops_per_second) },
    { title: 'of peak', cell: layer => formatPercent(layer.percent_of_peak) },
    { title: 'GB/s', cell: layer => formatNumber(layer.gbytes_per_second) },
    { title: 'of bandwidth', cell: layer => formatPercent(layer.percent_of_bandwidth) },
    { title: 'FLOP/byte', cell: layer => layer.intensity > 0 ? formatNumber(layer.intensity) : MISSING },
    { title: 'waiting', cell: layer => formatPercent(waitingShare([layer])) },
  ], profile.layers);
}

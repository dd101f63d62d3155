// Convoy beside ONNX Runtime: two bars for each network and batch. Speeds of networks differ a thousandfold, so that a bar is as
// long as its engine is fast by ONNX Runtime's measure. Runs in a page of Convoy's, whose helpers it draws with.
'use strict';

const PEERS_ROW = 50;

/** The text of the picture. */
function exportPeers(report) {
  const box = document.getElementById('bars');
  box.replaceChildren(drawPeers(report, box.clientWidth));
  const on = report.measured_on;
  document.querySelector('meta[name=description]').content =
    [report.machine, report.convoy, `commit ${on.commit.slice(0, 10)}`, report.onnx_runtime, on.command, formatDate(on.time)].join(' · ');
  return exportChart(box.firstElementChild);
}

function drawPeers(report, width) {
  const engines = [barEntry('arithmetic', `${report.convoy}: how many times as fast`), barEntry('unknown', `${report.onnx_runtime}: 1`)];
  const legend = drawLegend(engines, width);
  const names = report.results.map(nameOfPeers);
  const left = Math.max(...names.map(name => textWidth(name))) + 14;
  const longest = Math.max(1, ...report.results.map(result => result.ratio.upper));
  const scale = linearScale([0, longest], [left, width - 230]);
  const rows = report.results.map((result, index) => drawPeersRow(result, names[index], scale, legend.height + index * PEERS_ROW));
  return drawRoot('How many times as fast as ONNX Runtime Convoy is, with quartiles', width, legend.height + rows.length * PEERS_ROW, legend.drawing, rows);
}

function nameOfPeers(result) {
  return `${result.model}, ${result.precision}, batch ${formatInteger(result.batch)}`;
}

function drawPeersRow(result, name, scale, top) {
  const { ratio, convoy, onnx_runtime: other } = result;
  const begin = scale(0);
  const [low, high] = [scale(ratio.lower), scale(ratio.upper)];
  const whisker = `M${low},7 v6 M${low},10 H${high} M${high},7 v6`;
  const times = `${ratio.median.toFixed(1)} times as fast`;
  return svg('g', { transform: `translate(0,${top})` },
    svg('text', { class: 'name', x: 0, y: 24 }, name),
    drawBar('arithmetic', { x: begin, y: 2, width: scale(ratio.median) - begin, height: 17 }),
    svg('path', { class: 'whisker-back', d: whisker }),
    svg('path', { class: 'whisker', d: whisker }),
    svg('text', { class: 'figure', x: Math.max(high, scale(ratio.median)) + 8, y: 15 }, `${formatSpeed(convoy)}, ${times}`),
    drawBar('unknown', { x: begin, y: 21, width: scale(1) - begin, height: 17 }),
    svg('text', { class: 'word', x: scale(1) + 8, y: 34 }, formatSpeed(other)));
}

function formatSpeed(engine) {
  return `${formatNumber(engine.images_per_second.median)} images/s`;
}

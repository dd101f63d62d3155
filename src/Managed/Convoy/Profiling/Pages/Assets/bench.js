// The page of a bench: combinations of device, precision, threads and batch, each measured. What a combination does not have is
// left out.
'use strict';

/** What tells combinations apart, with how it reads in a line's name. */
const DIMENSIONS = [
  ['model', value => value],
  ['device', value => value],
  ['precision', value => value],
  ['threads', value => formatCount(value, 'thread')],
  ['batch', value => `batch ${formatInteger(value)}`],
];

/** The same without the batch. */
const SETTINGS = DIMENSIONS.map(([field]) => field).filter(field => field !== 'batch');

const QUANTILES = [['p50', 'median'], ['p90', '90 %'], ['p99', '99 %']];

/** How columns of the table are called, and what their figures are; others have the JSON's names. */
const COLUMNS = {
  images_per_second: ['images/s'],
  images_per_second_low: ['from'],
  images_per_second_high: ['to'],
  batches_in_flight: ['in flight', formatInteger],
  runs: ['runs', formatInteger],
  effective_percent_of_peak: ['effective, % of peak'],
  executed_percent_of_peak: ['executed, % of peak'],
  percent_of_roofline: ['% of roofline'],
  comparison_images_per_second: ['images/s before'],
  comparison_change_percent: ['change, %'],
  comparison_verdict: ['verdict'],
  comparison_machine_percent: ['explained by memory’s speed, %'],
  memory_gbytes: ['through memory, GB'],
  peak_native_bytes: ['memory', formatBytes],
  peak_device_bytes: ['device’s memory', formatBytes],
};

/** What the page's head says. */
const UNTABLED = new Set(['device_name', 'backend', 'peaks_problem', 'version', 'commit', 'interrupted', 'measured_on']);

function showBench(figures) {
  const { results, notes } = figures;
  document.body.append(drawTextures());
  const measured = results.filter(result => isNumber(result.images_per_second));
  showBenchTitle(results);
  put('summary', ...summarise(measured, figures), ...notes.map(note => html('p', { class: 'note warning' }, note)));
  showThroughput(measured);
  showScaling(measured);
  showLatencies(results.filter(result => isNumber(result.latency_ms?.p50)));
  put('table', drawBenchTable(results));
  showBenchMachine(results);
  offerFigures('bench.json', figures => figures.results);
  addSaveButtons();
}

/** The values that a field has, each once. */
function valuesOf(results, field) {
  return [...new Set(results.map(result => result[field]).filter(value => value !== undefined && value !== null))];
}

function showBenchTitle(results) {
  const models = valuesOf(results, 'model').join(', ');
  const versions = valuesOf(results, 'version').map(version => `Convoy ${version}`);
  const commits = valuesOf(results, 'commit').map(commit => `commit ${commit}`);
  describePage({
    title: `${models}: Convoy bench`, heading: models || 'Nothing was measured', about: [...valuesOf(results, 'device_name'), ...versions, ...commits], source: [],
  });
}

/** Where the results come from: each thing once, since a page may show those of several runs. */
function showBenchMachine(results) {
  const places = results.map(result => result.measured_on).filter(on => on);
  if (places.length === 0) {
    removeSection('machine');
    return;
  }

  const all = field => valuesOf(places, field).join(', ');
  put('machine', definitions({ class: 'figures wide' }, [
    ['command', valuesOf(places, 'command').map(command => html('code', {}, command))],
    ['measured', [...new Set(places.map(on => formatDate(on.time)))].join(', ')],
    ['processor', all('processor')],
    ['cores', all('cores')],
    ['system', all('system')],
    ['runtime', all('runtime')],
    ['Convoy', [...new Set(places.map(on => `${on.version}, commit ${on.commit.slice(0, 10)}`))].join('; ')],
  ]));
}

/** The fastest combination with the batches that cannot be told apart, and the smallest that is nearly as fast; then what the command says of each. */
function summarise(measured, { results, best, findings }) {
  const notes = results.some(result => result.interrupted) ? [html('p', { class: 'note' }, 'The bench was interrupted: combinations were measured for a shorter time, and others may be missing.')] : [];
  if (best.length === 0) {
    return [html('p', {}, 'No combination has a throughput.'), ...notes];
  }

  const fastest = best.reduce((one, other) => other.images_per_second > one.images_per_second ? other : one);
  const near = measured.find(result => result.batch === fastest.smallest_near && SETTINGS.every(field => result[field] === fastest[field]));
  return [
    definitions({ class: 'tiles' }, [
      ['images a second at best', tile(formatNumber(fastest.images_per_second), `${nameOf(fastest, SETTINGS.slice(1))}, ${nameBatches(fastest.batches)}`)],
      ['smallest batch within 5 %', fastest.batches.includes(near.batch) ? '' : tile(formatInteger(near.batch), `${formatNumber(near.images_per_second)} images/s`)],
      ['latency there, median', isNumber(near.latency_ms?.p50) ? tile(formatTime(near.latency_ms.p50), `batch ${formatInteger(near.batch)}`) : ''],
    ]),
    ...findings.map(finding => html('p', { class: 'finding' }, finding)),
    ...notes,
  ];
}

function nameBatches(batches) {
  return batches.length === 1 ? `batch ${formatInteger(batches[0])}` : `batches ${batches.slice(0, -1).map(formatInteger).join(', ')} and ${formatInteger(batches.at(-1))}`;
}

function nameOf(result, fields) {
  return DIMENSIONS.filter(([field]) => fields.includes(field) && result[field] !== undefined)
    .map(([field, format]) => format(result[field])).join(', ');
}

/** The combinations that differ in one dimension alone, in its order. */
function seriesAgainst(results, field) {
  return groupBy(results, DIMENSIONS.map(([name]) => name).filter(name => name !== field))
    .map(({ name, results: group }) => ({ name, results: group.filter(result => isNumber(result[field])).sort((one, other) => one[field] - other[field]) }))
    .filter(series => series.results.length > 0);
}

/** Combinations that are alike in some dimensions, named by those in which there are several. */
function groupBy(results, fields) {
  const varying = fields.filter(field => valuesOf(results, field).length > 1);
  const groups = Map.groupBy(results, result => JSON.stringify(fields.map(field => result[field] ?? null)));
  return [...groups.values()].map(group => ({ name: nameOf(group[0], varying.length > 0 ? varying : ['device']), results: group }));
}

function throughputLines(results, field, label) {
  return {
    label, x: field, y: 'images a second',
    series: seriesAgainst(results, field).map(series => ({ name: series.name, points: series.results.map(result => throughputPoint(result, field)) })),
  };
}

function throughputPoint(result, field) {
  const [low, high] = [result.images_per_second_low, result.images_per_second_high];
  return {
    x: result[field], y: result.images_per_second, low, high,
    title: nameOf(result, DIMENSIONS.map(([name]) => name)),
    lines: [
      `${formatNumber(result.images_per_second)} images/s${isNumber(low) && isNumber(high) ? `, ${formatNumber(low)} to ${formatNumber(high)}` : ''}`,
      isNumber(result.latency_ms?.p50) ? `latency ${formatTime(result.latency_ms.p50)}` : '',
    ].filter(line => line),
  };
}

function showThroughput(measured) {
  const chart = throughputLines(measured, 'batch', 'Images a second against batch');
  showPanels('throughput', chart.series.length > 0 ? [{ name: '', chart }] : []);
}

/** A panel for what was measured on several numbers of threads, with a line a batch. */
function showScaling(measured) {
  const scaled = seriesAgainst(measured, 'threads').filter(series => series.results.length > 1).flatMap(series => series.results);
  const panels = groupBy(scaled, ['model', 'device', 'precision']).map(({ name, results }) => (
    { name, chart: throughputLines(results, 'threads', `Images a second against threads: ${name}`) }));
  showPanels('threads', panels);
}

function showLatencies(results) {
  showPanels('latency', seriesAgainst(results, 'batch').map(series => ({ name: series.name, chart: latencyLines(series) })));
}

function latencyLines(series) {
  const pointsOf = (field, name) => series.results.filter(result => isNumber(result.latency_ms[field])).map(result => ({
    x: result.batch, y: result.latency_ms[field], title: `${series.name}, batch ${formatInteger(result.batch)}`, lines: [`${name}: ${formatTime(result.latency_ms[field])}`],
  }));
  return {
    label: `Latency against batch: ${series.name}`, x: 'batch', y: 'milliseconds', isLogarithmic: true,
    series: QUANTILES.map(([field, name]) => ({ name, points: pointsOf(field, name) })).filter(line => line.points.length > 0),
  };
}

/** Draws a section's charts, or takes the section and its link out where there is nothing to draw. */
function showPanels(id, panels) {
  if (panels.length === 0) {
    removeSection(id);
    return;
  }

  const boxes = panels.map(() => html('div', { class: 'chart' }));
  put(id, ...panels.map(({ name, chart }, index) => html('figure', { id: `${id}-${index + 1}`, 'aria-label': chart.label },
    panels.length > 1 ? html('h3', {}, name) : null, boxes[index])));
  panels.forEach(({ chart }, index) => showChart(boxes[index], width => drawLines(chart, width)));
}

/** All that the combinations have, a column a figure; what tells them apart stands at the left of each row. */
function drawBenchTable(results) {
  const dimensions = DIMENSIONS.map(([field]) => field);
  const varying = dimensions.filter(field => valuesOf(results, field).length > 1);
  const rows = results.map(result => ({ ...flatten(result), combination: nameOf(result, varying.length > 0 ? varying : dimensions) }));
  const fields = [...new Set(rows.flatMap(row => Object.keys(row)))]
    .filter(field => !UNTABLED.has(field) && !dimensions.includes(field) && rows.some(row => (row[field] ?? null) !== null));
  return table('All figures', ['combination', ...fields.filter(field => field !== 'combination')].map(field => {
    const [title, format] = COLUMNS[field] ?? [titleOf(field)];
    return {
      title,
      isText: rows.some(row => typeof row[field] === 'string' && row[field] !== 'NaN'),
      cell: row => typeof row[field] === 'number' ? (format ?? formatNumber)(row[field]) : String(row[field] ?? MISSING),
    };
  }), rows);
}

/** Fields of objects within as fields of their own: latency_ms.p50 becomes "p50_ms". Lists, which have no place in a cell, are left out. */
function flatten(result) {
  return Object.fromEntries(Object.entries(result).filter(([, value]) => !Array.isArray(value)).flatMap(([field, value]) => value !== null && typeof value === 'object'
    ? Object.entries(value).map(([inner, innermost]) => [field === 'latency_ms' ? `${inner}_ms` : `${field}_${inner}`, innermost])
    : [[field, value]]));
}

/** "first_run_ms" as "first run, ms". */
function titleOf(field) {
  const [, words, unit] = /^(.*?)(_ms|_us|_percent)?$/.exec(field);
  return words.replaceAll('_', ' ') + (unit ? `, ${unit.slice(1).replace('us', 'µs').replace('percent', '%')}` : '');
}

showBench(readFigures());

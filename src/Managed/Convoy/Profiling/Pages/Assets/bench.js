// The page of a bench: combinations of device, precision, threads and batch, each measured. What a combination does not tell is
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

const QUANTILES = [['p50', 'median'], ['p90', '90 %'], ['p99', '99 %']];

/** How columns of the table are called, and what their figures are; others have the JSON's names. */
const COLUMNS = {
  device_name: ['what it is'],
  images_per_second: ['images/s'],
  images_per_second_low: ['from'],
  images_per_second_high: ['to'],
  batches_in_flight: ['in flight', formatInteger],
  batch: ['batch', formatInteger],
  threads: ['threads', formatInteger],
  peak_native_bytes: ['memory', formatBytes],
  peak_device_bytes: ['device’s memory', formatBytes],
};

function showBench(results) {
  document.body.append(drawTextures());
  const measured = results.filter(result => isNumber(result.images_per_second));
  showBenchTitle(results);
  put('summary', ...summarise(measured, results));
  showThroughput(measured);
  showScaling(measured);
  showLatencies(results.filter(result => isNumber(result.latency_ms?.p50)));
  put('table', drawBenchTable(results));
  document.getElementById('save').addEventListener('click', () => saveFile('bench.json', 'application/json', JSON.stringify(results, null, 2)));
  addSaveButtons();
}

/** The values that a field has, each once. */
function valuesOf(results, field) {
  return [...new Set(results.map(result => result[field]).filter(value => value !== undefined && value !== null))];
}

function showBenchTitle(results) {
  const models = valuesOf(results, 'model').join(', ');
  document.title = `${models}: Convoy bench`;
  put('title', models || 'Nothing was measured');
  const versions = valuesOf(results, 'version').map(version => `Convoy ${version}`);
  const commits = valuesOf(results, 'commit').map(commit => `commit ${commit}`);
  put('subtitle', [...valuesOf(results, 'device_name'), ...versions, ...commits].join(' · '));
}

/** The fastest combination, and the smallest batch that is nearly as fast. */
function summarise(measured, results) {
  const notes = results.some(result => result.interrupted) ? [html('p', { class: 'note' }, 'The bench was interrupted: combinations are missing.')] : [];
  if (measured.length === 0) {
    return [html('p', {}, 'No combination has a throughput.'), ...notes];
  }

  const best = measured.reduce((one, other) => other.images_per_second > one.images_per_second ? other : one);
  const near = measured
    .filter(result => isAlike(result, best, 'batch') && result.images_per_second >= 0.95 * best.images_per_second)
    .reduce((one, other) => other.batch < one.batch ? other : one);
  return [
    definitions({ class: 'tiles' }, [
      ['images a second at best', tile(formatNumber(best.images_per_second), nameOf(best, DIMENSIONS.map(([field]) => field).slice(1)))],
      ['smallest batch within 5 %', near === best ? '' : tile(formatInteger(near.batch), `${formatNumber(near.images_per_second)} images/s`)],
      ['latency there, median', isNumber(near.latency_ms?.p50) ? tile(formatTime(near.latency_ms.p50), `batch ${formatInteger(near.batch)}`) : ''],
    ]),
    ...notes,
  ];
}

/** Whether two combinations differ in one dimension at most. */
function isAlike(one, other, but) {
  return DIMENSIONS.every(([field]) => field === but || one[field] === other[field]);
}

function nameOf(result, fields) {
  return DIMENSIONS.filter(([field]) => fields.includes(field) && result[field] !== undefined)
    .map(([field, format]) => format(result[field])).join(', ');
}

/** The combinations that differ in one dimension alone, by what the others are; named by those that vary. */
function seriesAgainst(results, field) {
  const others = DIMENSIONS.map(([name]) => name).filter(name => name !== field);
  const varying = others.filter(name => valuesOf(results, name).length > 1);
  const groups = new Map();
  for (const result of results) {
    const key = JSON.stringify(others.map(name => result[name] ?? null));
    groups.set(key, [...groups.get(key) ?? [], result]);
  }

  return [...groups.values()].map(group => ({
    name: nameOf(group[0], varying.length > 0 ? varying : ['device']),
    results: group.filter(result => isNumber(result[field])).sort((one, other) => one[field] - other[field]),
  })).filter(series => series.results.length > 0);
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
  showOrRemove('throughput', chart.series.length > 0, width => drawLines(chart, width));
}

function showScaling(measured) {
  const chart = throughputLines(measured, 'threads', 'Images a second against threads');
  showOrRemove('threads', valuesOf(measured, 'threads').length > 1, width => drawLines(chart, width));
}

/** Draws a section's chart, or takes the section and its link out where there is nothing to draw. */
function showOrRemove(id, isThere, draw) {
  if (isThere) {
    showChart(document.getElementById(id), draw);
  } else {
    document.getElementById(`${id}-section`).remove();
    document.querySelector(`nav a[href="#${id}-section"]`).parentElement.remove();
  }
}

function showLatencies(results) {
  const panels = seriesAgainst(results, 'batch').map((series, index) => {
    const box = html('div', { class: 'chart' });
    const figure = html('figure', { id: `latency-${index + 1}-figure`, 'aria-label': `Latency of ${series.name}` }, html('h3', {}, series.name), box);
    return { box, figure, chart: latencyLines(series) };
  });
  put('latencies', ...panels.map(panel => panel.figure));
  for (const { box, chart } of panels) {
    showChart(box, width => drawLines(chart, width));
  }

  if (panels.length === 0) {
    showOrRemove('latency', false);
  }
}

function latencyLines(series) {
  return {
    label: `Latency of ${series.name} against batch`, x: 'batch', y: 'milliseconds',
    series: QUANTILES.map(([field, name]) => ({
      name,
      points: series.results.filter(result => isNumber(result.latency_ms[field])).map(result => ({
        x: result.batch, y: result.latency_ms[field], title: `${series.name}, batch ${formatInteger(result.batch)}`, lines: [`${name}: ${formatTime(result.latency_ms[field])}`],
      })),
    })).filter(line => line.points.length > 0),
  };
}

/** All that the combinations tell, a column a figure. */
function drawBenchTable(results) {
  const rows = results.map(result => flatten(result));
  const fields = [...new Set(rows.flatMap(row => Object.keys(row)))].filter(field => !['version', 'commit', 'interrupted'].includes(field));
  return table('All figures', fields.map(field => {
    const [title, format] = COLUMNS[field] ?? [titleOf(field)];
    return {
      title,
      isText: rows.some(row => typeof row[field] === 'string' && row[field] !== 'NaN'),
      cell: row => typeof row[field] === 'number' ? (format ?? formatNumber)(row[field]) : String(row[field] ?? MISSING),
    };
  }), rows);
}

/** Fields of objects within as fields of their own: latency_ms.p50 becomes "p50_ms". */
function flatten(result) {
  return Object.fromEntries(Object.entries(result).flatMap(([field, value]) => value !== null && typeof value === 'object'
    ? Object.entries(value).map(([inner, innermost]) => [field === 'latency_ms' ? `${inner}_ms` : `${field}_${inner}`, innermost])
    : [[field, value]]));
}

/** "first_run_ms" as "first run, ms". */
function titleOf(field) {
  const [, words, unit] = /^(.*?)(_ms|_us|_percent)?$/.exec(field);
  return words.replaceAll('_', ' ') + (unit ? `, ${unit.slice(1).replace('us', 'µs').replace('percent', '%')}` : '');
}

showBench(readFigures());

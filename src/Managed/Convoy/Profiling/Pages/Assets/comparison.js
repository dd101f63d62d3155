// What changed since an older profile, where the profile was held against one.
'use strict';

const CHANGES = { faster: 'faster', slower: 'slower', no_difference: 'no difference' };

function drawComparison(comparison) {
  return table('Against the older profile', [
    { title: 'layer', isText: true, cell: change => change.name },
    { title: 'before', cell: change => formatTime(change.old_ms) },
    { title: 'now', cell: change => formatTime(change.new_ms) },
    { title: 'change', cell: change => formatChange(change.percent) },
    { title: 'noise', cell: change => `± ${formatPercent(change.noise_percent)}` },
    { title: 'it is', isText: true, cell: nameChange },
  ], [{ ...comparison.whole, name: 'the batch, wall clock' }, ...comparison.layers]);
}

function nameChange(change) {
  const isMachine = change.change === 'no_difference' && isNumber(change.machine_percent);
  return `${CHANGES[change.change] ?? MISSING}${isMachine ? ' (memory speed)' : ''}`;
}

/** What the table does not show: layers that changed otherwise than the rest, and those that only one profile has. */
function describeComparison(comparison) {
  return [
    [`Changed otherwise than most of the time did${isNumber(comparison.rest_percent) ? ` (${formatChange(comparison.rest_percent)})` : ''}`, comparison.standing_out],
    ['Only before', comparison.only_old],
    ['Only now', comparison.only_new],
  ].filter(([, layers]) => layers.length > 0).map(([what, layers]) => `${what}: ${layers.join(', ')}.`).join(' ');
}

function formatChange(percent) {
  return isNumber(percent) && percent > 0 ? `+${formatPercent(percent)}` : formatPercent(percent);
}

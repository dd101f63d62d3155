// Numbers as people read them.
'use strict';

const MISSING = '–';

/** Whether a figure is there: JSON has no NaN, which stands in it as a string. */
function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A count. */
function formatInteger(value) {
  return isNumber(value) ? value.toLocaleString('en-US', { maximumFractionDigits: 0 }) : MISSING;
}

/** Three significant digits, or all those before the point. */
function formatNumber(value, unit = '') {
  if (!isNumber(value)) {
    return MISSING;
  }

  const isWhole = value === 0 || Math.abs(value) >= 100;
  const digits = isWhole ? { maximumFractionDigits: 0 } : { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  return value.toLocaleString('en-US', digits) + (unit && ` ${unit}`);
}

/** Milliseconds, or microseconds where they are more readable. */
function formatTime(milliseconds) {
  return isNumber(milliseconds) && milliseconds !== 0 && Math.abs(milliseconds) < 0.1
    ? formatNumber(milliseconds * 1e3, 'µs')
    : formatNumber(milliseconds, 'ms');
}

/** A share, with one digit behind the point. */
function formatPercent(value) {
  return isNumber(value) ? `${value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %` : MISSING;
}

/** Bytes in decimal units, as everywhere in Convoy. */
function formatBytes(bytes) {
  const scale = [[1e9, 'GB'], [1e6, 'MB'], [1e3, 'KB']].find(([size]) => bytes >= size);
  return scale ? formatNumber(bytes / scale[0], scale[1]) : formatCount(bytes, 'byte');
}

/** Extents of an image: "96 × 55 × 55". */
function formatShape(extents) {
  return extents?.length > 0 ? extents.join(' × ') : MISSING;
}

/** The quartiles of a time; nothing where they were not taken. */
function formatSpread(spread) {
  return isNumber(spread?.low) && spread.high > 0 ? `${formatTime(spread.low)} to ${formatTime(spread.high)}` : '';
}

/** A count with its noun: "1 thread", "8 threads". */
function formatCount(count, noun, plural = `${noun}s`) {
  return `${formatInteger(count)} ${count === 1 ? noun : plural}`;
}

/** A time in UTC, to the minute. */
function formatDate(time) {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

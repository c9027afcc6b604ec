// Families of metrics as Prometheus reads them: its own text format, or OpenMetrics for whoever accepts it.

import type { OwnPage } from '../core/own-page.ts';
import type { Family, Sample } from './metrics.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** `accept` is the request's header. */
export function metricsPage(families: readonly Family[], accept: string | undefined): OwnPage {
  const isOpen = /application\/openmetrics-text/i.test(accept ?? '');
  const text = families.map((family) => familyText(family, isOpen)).join('');
  return {
    status: 200,
    contentType: isOpen ? OPEN_METRICS : TEXT,
    body: isOpen ? `${text}# EOF\n` : text,
  };
}

function familyText(family: Family, isOpen: boolean): string {
  // OpenMetrics names the family, the older format the sample.
  const name = family.type === 'counter' && !isOpen ? `${family.name}_total` : family.name;
  const lines = [`# HELP ${name} ${escapedHelp(family.help, isOpen)}`, `# TYPE ${name} ${family.type}`];
  for (const sample of family.samples()) lines.push(sampleLine(family, sample, isOpen));
  return `${lines.join('\n')}\n`;
}

function sampleLine({ name, labelNames }: Family, sample: Sample, isOpen: boolean): string {
  const { suffix, labels, upTo, value } = sample;
  if (labels.length !== labelNames.length) throw new RangeError(`${name} has ${labelNames.length} labels`);
  const pairs = labels.map((label, index) => `${labelNames[index]}="${escapedLabel(label)}"`);
  if (upTo !== null) pairs.push(`le="${isOpen ? withPoint(upTo) : figure(upTo)}"`);
  return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${figure(value)}`;
}

function escapedLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapedHelp(text: string, isOpen: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isOpen ? escaped.replaceAll('"', '\\"') : escaped;
}

function figure(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** `1` → `1.0`, as OpenMetrics writes the bounds of buckets. */
function withPoint(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : figure(value);
}

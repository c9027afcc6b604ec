// Where two JSON values differ: for people who have to find out why a call is not the one that was recorded.

export interface Difference {
  /** `messages[2].content`; empty for the whole. */
  readonly path: string;
  /** Undefined where the other has it alone. */
  readonly was: unknown;
  readonly is: unknown;
}

/** In the order of the recorded value. Fields in another order are no difference. */
export function jsonDifferences(was: unknown, is: unknown, path = ''): readonly Difference[] {
  if (Object.is(was, is)) return [];
  if (Array.isArray(was) && Array.isArray(is)) {
    const length = Math.max(was.length, is.length);
    return Array.from({ length }, (_, index) =>
      jsonDifferences(was[index], is[index], `${path}[${index}]`),
    ).flat();
  }
  if (isObject(was) && isObject(is)) {
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return names.flatMap((name) =>
      jsonDifferences(was[name], is[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return [{ path, was, is }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const AROUND = 30;
const SHOWN_MAX = 100;

/** `messages[0].content: "…the old text…" is now "…the new text…"` */
export function differenceInWords({ path, was, is }: Difference): string {
  const name = path === '' ? 'the body' : path;
  if (was === undefined) return `${name}: ${shown(is)} is new`;
  if (is === undefined) return `${name}: ${shown(was)} is missing`;
  if (typeof was !== 'string' || typeof is !== 'string') return `${name}: ${shown(was)} is now ${shown(is)}`;
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  return `${name}: ${around(was, at)} is now ${around(is, at)}`;
}

function around(text: string, at: number): string {
  const start = Math.max(0, at - AROUND);
  const end = Math.min(text.length, at + 2 * AROUND);
  return `"${start > 0 ? '…' : ''}${JSON.stringify(text.slice(start, end)).slice(1, -1)}${end < text.length ? '…' : ''}"`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

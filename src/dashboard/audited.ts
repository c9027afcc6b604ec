// Tells the audit log of every change that is asked for: what it was about before and after, as the API shows it.

import type { AuditLog } from '../access/audit-log.ts';
import type { Visitor } from '../access/role.ts';
import { ENDPOINT_NAMES, type HandledName, pathOf } from './paths.ts';
import { PERMISSIONS } from './permissions.ts';

export interface AuditedOptions {
  readonly log: AuditLog;
  readonly now: () => number;
  /** Asks an endpoint. */
  readonly handle: (name: HandledName, input: unknown) => Promise<unknown>;
}

/** Does what `handle` does. Throws `storage_failed`, and changes nothing, where the log cannot be written. */
export async function audited(
  { log, now, handle }: AuditedOptions,
  visitor: Visitor,
  name: HandledName,
  input: unknown,
): Promise<unknown> {
  if (!PERMISSIONS[name].changes) return handle(name, input);
  log.assertWritable();
  const { method, path, placeholder } = pathOf(name);
  const fields = (input ?? {}) as Readonly<Record<string, unknown>>;
  const own = placeholder === null ? '' : `/${String(fields[placeholder])}`;
  const change = { who: visitor.name, role: visitor.role, action: `${method} ${path}${own}` };
  const show = (): Promise<unknown> => shown(handle, path, placeholder, fields);
  const before = await show();
  let answer: unknown;
  try {
    answer = await handle(name, input);
  } catch (error) {
    const refusal = error instanceof Error ? error.message : String(error);
    log.add({ ...change, before, after: null, asked: input, refusal }, now());
    throw error;
  }
  const after = method === 'DELETE' ? null : ((await show()) ?? answer);
  log.add({ ...change, before, after, asked: input }, now());
  return answer;
}

/** What is at the path that is changed; null where nothing is, or where it cannot be shown by itself. */
async function shown(
  handle: AuditedOptions['handle'],
  path: string,
  placeholder: string | null,
  fields: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (placeholder === null) return null;
  const name = fields[placeholder];
  const reader = READERS.get(`${path}/`);
  try {
    if (reader !== undefined) return await handle(reader, { [placeholder]: name });
    const list = READERS.get(path);
    return list === undefined ? null : itemOf(await handle(list, {}), String(name));
  } catch {
    // It does not exist, or not yet: the change itself says what is wrong.
    return null;
  }
}

/** Of a list of things, the one with this name or id. */
function itemOf(answer: unknown, name: string): unknown {
  const [list] = Object.values((answer ?? {}) as Record<string, unknown>).filter(Array.isArray);
  const items = (list ?? []) as readonly Readonly<Record<string, unknown>>[];
  return items.find((item) => item.name === name || item.id === name) ?? null;
}

/** What reads at a path; `/tags/` is where `/tags/{name}` lies. */
const READERS: ReadonlyMap<string, HandledName> = new Map(
  ENDPOINT_NAMES.flatMap((name) => {
    const { method, path, placeholder } = pathOf(name);
    return method === 'GET' ? [[placeholder === null ? path : `${path}/`, name as HandledName] as const] : [];
  }),
);

// Tells the audit log of every change that is asked for: what it was about before and after, as the API shows it.

import type { ChangeLog } from '../access/audit/change-log.ts';
import type { Visitor } from '../access/login/role.ts';
import { ENDPOINT_NAMES, type HandledName, pathOf } from './paths.ts';
import { PERMISSIONS } from './permissions.ts';

export interface AuditedOptions {
  readonly log: ChangeLog;
  readonly now: () => number;
  /** Asks an endpoint. */
  readonly handle: (name: HandledName, input: unknown) => Promise<unknown>;
}

type Fields = Readonly<Record<string, unknown>>;

/** What is changed where another path than its own shows it. */
const SHOWN_AT: Partial<Record<HandledName, string>> = { budgetRaise: '/budgets' };

/**
 * Does what `handle` does. Where the log cannot be written it throws `storage_failed`, and changes nothing; but what
 * stops spending is done all the same, and its answer says what has become of the entry.
 */
export async function audited(
  { log, now, handle }: AuditedOptions,
  visitor: Visitor,
  name: HandledName,
  given: unknown,
): Promise<unknown> {
  const { changes, stops } = PERMISSIONS[name];
  if (!changes) return handle(name, given);
  if (stops !== true) log.assertWritable();
  const { method, path, placeholder } = pathOf(name);
  // Who raises a budget is told with it, to its receiver, too.
  const fields: Fields = {
    ...(name === 'budgetRaise' && { who: visitor.name }),
    ...((given ?? {}) as Fields),
  };
  const own = placeholder === null ? '' : `/${String(fields[placeholder])}`;
  const change = { who: visitor.name, role: visitor.role, action: `${method} ${path}${own}`, asked: fields };
  const look = (): Promise<Look> => lookAt(handle, SHOWN_AT[name] ?? path, placeholder, fields);
  const before = await look();
  let answer: unknown;
  try {
    answer = await handle(name, fields);
  } catch (error) {
    const refusal = error instanceof Error ? error.message : String(error);
    log.tell({ ...change, before: itemOf(before, subjectOf(fields, null)), after: null, refusal }, now());
    throw error;
  }
  const untold = log.tell({ ...change, ...sides(method, before, await look(), fields, answer) }, now());
  return untold === null ? answer : withWarning(answer, untold);
}

/** Where answers of its kind have one. */
function withWarning(answer: unknown, words: string): unknown {
  const { warning } = (answer ?? {}) as { readonly warning?: string | null };
  if (warning === undefined) return answer;
  return { ...(answer as Fields), warning: warning === null ? words : `${warning} ${words}` };
}

/** What is there: the thing itself where it can be shown, else the list of its kind. */
type Look = { readonly item: unknown } | { readonly items: readonly Fields[] };

async function lookAt(
  handle: AuditedOptions['handle'],
  path: string,
  placeholder: string | null,
  fields: Fields,
): Promise<Look> {
  const reader = placeholder === null ? undefined : READERS.get(`${path}/`);
  const list = READERS.get(path);
  try {
    if (reader !== undefined && placeholder !== null)
      return { item: await handle(reader, { [placeholder]: fields[placeholder] }) };
    if (list !== undefined) return { items: listIn(await handle(list, {})) };
  } catch {
    // It does not exist, or not yet: the change itself says what is wrong.
  }
  return { item: null };
}

function sides(method: string, before: Look, after: Look, fields: Fields, answer: unknown) {
  const subject = subjectOf(fields, answer);
  if (subject === null && 'items' in before && 'items' in after) {
    // Nothing has a name: what is gone was before, what is new is after.
    const [gone, fresh] = [without(before.items, after.items), without(after.items, before.items)];
    return { before: gone.length > 0 ? gone : null, after: fresh.length > 0 ? fresh : null };
  }
  const was = itemOf(before, subject);
  if (method === 'DELETE' && was !== null) return { before: was, after: itemOf(after, subject) };
  return { before: was, after: itemOf(after, subject) ?? answer };
}

/** By what a list tells it from others; null where it has no name. */
function subjectOf(fields: Fields, answer: unknown): string | null {
  const told = Object.values((answer ?? {}) as Fields).find(
    (value) => typeof value === 'object' && value !== null && 'name' in value,
  ) as Fields | undefined;
  const name = [fields.id, fields.name, told?.name].find((each) => typeof each === 'string');
  return name === undefined ? null : String(name);
}

function itemOf(look: Look, subject: string | null): unknown {
  if ('item' in look) return look.item;
  return look.items.find((item) => item.name === subject || item.id === subject) ?? null;
}

function without(items: readonly Fields[], others: readonly Fields[]): readonly Fields[] {
  const ids = new Set(others.map(({ id }) => id));
  return items.filter(({ id }) => !ids.has(id));
}

function listIn(answer: unknown): readonly Fields[] {
  const [list] = Object.values((answer ?? {}) as Fields).filter(Array.isArray);
  return (list ?? []) as readonly Fields[];
}

/** What reads at a path; `/tags/` is where `/tags/{name}` lies. */
const READERS: ReadonlyMap<string, HandledName> = new Map(
  ENDPOINT_NAMES.flatMap((name) => {
    const { method, path, placeholder } = pathOf(name);
    return method === 'GET' ? [[placeholder === null ? path : `${path}/`, name as HandledName] as const] : [];
  }),
);

// What a setting is, and what a group of them is.

import type { Form } from './forms.ts';

export interface Setting<T> extends Form<T> {
  /** The default as a user would write it; null where it depends on the machine. */
  readonly standard: string | null;
  readonly about: string;
}

export function setting<T>(form: Form<T>, standard: string | null, about: string): Setting<T> {
  return { ...form, standard, about };
}

type Grouped<Rows> = { readonly [Name in keyof Rows]: Rows[Name] & { readonly group: string } };

/** What is set about one thing; shown together, under its name. */
export function group<Rows extends Readonly<Record<string, Setting<unknown>>>>(
  name: string,
  rows: Rows,
): Grouped<Rows> {
  const grouped = Object.entries(rows).map(([key, row]) => [key, { ...row, group: name }]);
  return Object.fromEntries(grouped) as Grouped<Rows>;
}

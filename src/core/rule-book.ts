// What the user has set besides budgets: rules, each a named document of some kind. A store keeps them with a
// version that grows at every change, whoever makes it.

import { hasShape, isListOf } from './shape.ts';

export type RuleKind = 'tag' | 'route' | 'experiment' | 'cache' | 'upstream' | 'archive' | 'key';

export interface RuleEntry {
  readonly kind: RuleKind;
  /** Unique within its kind. */
  readonly name: string;
  /** As JSON; its kind's own code reads it. */
  readonly definition: unknown;
  readonly createdAtMs: number;
}

/** Of them, in the data folder. */
export const KEPT_RULES = {
  name: 'rules.copy',
  isRight: (value: unknown): value is readonly RuleEntry[] =>
    isListOf(value, (each) =>
      hasShape(each, { kind: 'string', name: 'string', definition: 'object', createdAtMs: 'number' }),
    ),
  lost: 'Without the database no rule and no access key is known; with it nothing is missing.',
};

export interface RuleBook {
  ruleVersion(): Promise<number>;
  /** The version belongs to the entries. In the order of their creation. */
  rules(): Promise<{ readonly version: number; readonly entries: readonly RuleEntry[] }>;
  /** False, and nothing is changed, where one of that kind and name exists. */
  addRule(entry: RuleEntry): Promise<boolean>;
  /** Gives the entry of that kind and name another definition. False where there is none any more. */
  changeRule(entry: RuleEntry): Promise<boolean>;
  removeRule(kind: RuleKind, name: string): Promise<void>;
}

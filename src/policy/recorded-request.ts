// A recorded request as rules see it, as far as the record tells: its words, its headers and its tools are gone.

import type { ProtocolName } from '../core/protocol.ts';
import type { RequestRecord } from '../core/record.ts';
import { allInputTokens } from '../core/usage.ts';
import type { RequestView, SpendView } from './request-view.ts';
import type { RuleSet } from './rules.ts';

/** What conditions of these types look at is not in a record. */
const NOT_RECORDED: ReadonlySet<string> = new Set(['header', 'regex', 'tools', 'cost_today', 'budget_left']);
const BYTES_PER_TOKEN = 4;
/** Endpoints between which there is a translation. */
const CONVERSATIONS: ReadonlySet<string> = new Set(['messages', 'chat/completions']);

/** Spending then is not spending now: no condition on it holds. */
const UNKNOWN_SPEND: SpendView = {
  costToday: () => Number.NaN,
  budgetLeft: () => null,
  scarcestLeft: () => Number.NaN,
};

export function recordedRequest(record: RequestRecord): RequestView {
  const { id, protocol, app, tag, session, modelRequested, streamed, startedAtMs, endpoint, usage } = record;
  return {
    id,
    protocol,
    app,
    tag,
    session,
    model: modelRequested,
    stream: streamed,
    atMs: startedAtMs,
    header: () => null,
    hasTools: () => false,
    canSpeak: (api: ProtocolName) => api === protocol || CONVERSATIONS.has(endpoint),
    promptText: () => '',
    promptCharacters: () => 0,
    promptBytes: () => allInputTokens(usage) * BYTES_PER_TOKEN,
    spend: UNKNOWN_SPEND,
  };
}

export interface DecidableRules {
  readonly rules: RuleSet;
  /** The names of rules with a condition that no record can answer. */
  readonly beyond: readonly string[];
}

/** Rules as records can answer them: a condition that looks at what is not recorded never holds. */
export function decidableRules(rules: RuleSet): DecidableRules {
  const isRecorded = ({ type }: { readonly type: string }): boolean => !NOT_RECORDED.has(type);
  const beyond: string[] = [];
  const routes = rules.routes.flatMap((rule) => {
    const kept = rule.conditions.flatMap((condition, index) => (isRecorded(condition) ? [index] : []));
    if (kept.length === rule.conditions.length) return [rule];
    beyond.push(rule.name);
    if (rule.match === 'all' || kept.length === 0) return [];
    const at = <T>(list: readonly T[]): T[] => list.filter((_, index) => kept.includes(index));
    return [{ ...rule, conditions: at(rule.conditions), tests: at(rule.tests) }];
  });
  const tags = rules.tags.filter(({ condition }) => isRecorded(condition));
  const others = rules.tags.filter(({ condition }) => !isRecorded(condition));
  return { rules: { ...rules, routes, tags }, beyond: [...beyond, ...others.map(({ name }) => name)] };
}

// Shows a request to the rules, and does to it what they say.

import { plan } from '../policy/plan.ts';
import type { RequestView, SpendView } from '../policy/request-view.ts';
import type { RuleSet } from '../policy/rules.ts';
import { replaceTopLevelValue } from '../protocols/top-level-json.ts';
import type { Exchange } from './exchange.ts';

export interface PlannerOptions {
  /** The rules in force: one set for the whole of a request's planning. */
  readonly rules: () => RuleSet;
  readonly spend: SpendView;
}

export class Planner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Sets `exchange.plan` where rules are in force. `document` is the parsed body, undefined where it is none. */
  plan(exchange: Exchange, document: unknown): void {
    const rules = this.#options.rules();
    const isPlain = rules.tags.length + rules.routes.length + rules.experiments.length === 0;
    if (isPlain || document === undefined) return;
    exchange.plan = plan(rules, viewOf(exchange, document, this.#options.spend));
  }
}

function viewOf(exchange: Exchange, document: unknown, spend: SpendView): RequestView {
  const { facts, caller, mount, endpoint, request } = exchange;
  let text: string | null = null;
  return {
    id: exchange.id,
    protocol: mount.protocol.name,
    app: caller.app,
    tag: caller.tag,
    session: caller.session,
    model: facts.model,
    stream: facts.stream,
    atMs: exchange.startedAtMs,
    header(name) {
      const value = request.headers[name];
      return value === undefined ? null : String(value);
    },
    hasTools: () => hasTools(document),
    promptText() {
      text ??= mount.protocol.promptText(endpoint, document);
      return text;
    },
    spend,
  };
}

/** Both protocols list them in a field of that name. */
export function hasTools(document: unknown): boolean {
  const tools = (document as { tools?: unknown } | null)?.tools;
  return Array.isArray(tools) && tools.length > 0;
}

/** The body with the planned model; every other byte stays. */
export function plannedBody({ plan, facts }: Exchange, body: Buffer): Buffer {
  if (plan === null || plan.model === null || plan.model === facts.model) return body;
  return replaceTopLevelValue(body, 'model', JSON.stringify(plan.model)) ?? body;
}

/** The parsed body with the planned model. */
export function plannedDocument({ plan, facts }: Exchange, document: unknown): unknown {
  if (plan === null || plan.model === null || plan.model === facts.model) return document;
  return { ...(document as Record<string, unknown>), model: plan.model };
}

/** What the response says of the plan: names and values in turn. */
export function planHeaders({ plan, facts }: Exchange): readonly string[] {
  if (plan === null) return [];
  const headers: string[] = [];
  if (plan.model !== facts.model && plan.model !== null) {
    // A model's name is free text in JSON; a header holds visible ASCII.
    headers.push('x-tokenwatch-requested-model', encodeURI(facts.model ?? ''));
    headers.push('x-tokenwatch-routed-model', plan.model);
  }
  if (plan.rule !== null) headers.push('x-tokenwatch-routing-rule', plan.rule);
  if (plan.experiment !== null && plan.variant !== null)
    headers.push('x-tokenwatch-ab-test', plan.experiment, 'x-tokenwatch-ab-variant', plan.variant);
  return headers;
}

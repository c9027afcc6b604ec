// Shows a request to the rules, and does to it what they say.

import type { TokenWatchError } from '../../core/errors.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { SpendToday } from '../../ledger/spend-today.ts';
import { type PlanTrace, plan } from '../../policy/plan.ts';
import type { RequestView, SpendView } from '../../policy/request-view.ts';
import type { RuleSet } from '../../policy/rules.ts';
import { insertTopLevelMember, replaceTopLevelValue, splice } from '../../protocols/json/top-level-json.ts';
import type { RefusedBody, TranslatedBody } from '../body-translation.ts';
import type { Call, Prepared, ReadBody } from '../call.ts';
import { headerText } from '../header-text.ts';
import { canSpeak, translate } from './translation.ts';
import type { Upstreams } from './upstreams.ts';

export interface PlannerOptions {
  /** The rules in force: one set for the whole of a request's planning. */
  readonly rules: () => RuleSet;
  readonly spend: SpendView;
  readonly upstreams: Upstreams;
}

/** `ledger` is null where budgets are off: then none limits anything. */
export function spendView(today: SpendToday, ledger: Ledger | null): SpendView {
  return {
    costToday: (of) => today.of(of),
    scarcestLeft: (of) => ledger?.shareLeft(of) ?? 1,
    budgetLeft: (name) => ledger?.shareLeftOf(name) ?? null,
  };
}

export class Planner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Whether anything is set that could make a request another one, or send it elsewhere. */
  get followsRules(): boolean {
    const { tags, routes, experiments, upstreams } = this.#options.rules();
    return tags.length + routes.length + experiments.length + upstreams.length > 0;
  }

  /** Whether a rule is set that gives tags or other models. */
  get changesRequests(): boolean {
    const { tags, routes, experiments } = this.#options.rules();
    return tags.length + routes.length + experiments.length > 0;
  }

  /** Whether a rule is set that gives other models. */
  get choosesModels(): boolean {
    const { routes, experiments } = this.#options.rules();
    return routes.length + experiments.length > 0;
  }

  /**
   * Sets `call.plan` where rules are in force, and its candidates where there is a choice. `document` is the parsed
   * body, undefined where there is none.
   */
  plan(call: Call, document: unknown, trace: PlanTrace | null = null): void {
    const rules = this.#options.rules();
    if (this.changesRequests && document !== undefined)
      call.plan = plan(rulesFor(call, rules), viewOf(call, document, this.#options.spend), trace);
    call.candidates = this.#options.upstreams.candidates(call, rules, document);
    call.candidate = call.candidates?.[0] ?? null;
  }

  /** What a planned call is refused with for its key's sake; null as a rule. */
  keyRefusal(call: Call): TokenWatchError | null {
    return this.#options.upstreams.keyRefusal(call);
  }

  /**
   * Sets `call.translation` where the planned model speaks another API. `elsewhere` is what came of a translation that
   * others made; null where none did. Throws what the client is refused with.
   */
  translate(call: Call, document: unknown, elsewhere: TranslatedBody | RefusedBody | null): void {
    const api = call.plan?.foreignApi ?? null;
    if (api === null) return;
    call.translation = translate(
      call,
      this.#options.upstreams.protocol(api),
      plannedDocument(call, document),
      elsewhere,
    );
  }
}

/** A model that stands in the path is not changed: what a rule wrote into the body would count for nothing. */
function rulesFor({ endpoint }: Call, rules: RuleSet): RuleSet {
  return endpoint.model === null ? rules : { ...rules, routes: [], experiments: [] };
}

function viewOf(call: Call, document: unknown, spend: SpendView): RequestView {
  const { facts, caller, mount, endpoint, headers } = call;
  const digest = call.body?.digest?.prompt ?? null;
  let text = digest?.newest ?? null;
  let bytes = digest?.bytes ?? null;
  const promptText = (): string => {
    text ??= mount.protocol.promptText(endpoint, document);
    return text;
  };
  return {
    id: call.id,
    protocol: mount.protocol.name,
    app: caller.app,
    tag: caller.tag,
    session: caller.session,
    model: facts.model,
    stream: facts.stream,
    atMs: call.startedAtMs,
    header(name) {
      // An own one only: a rule may ask for a header that is called "constructor".
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return value === undefined ? null : String(value);
    },
    hasTools: () => hasTools(document),
    canSpeak: (api) => canSpeak(call, api),
    promptText,
    promptCharacters: () => digest?.characters ?? promptText().length,
    promptBytes() {
      bytes ??= Buffer.byteLength(promptText());
      return bytes;
    },
    spend,
  };
}

/** Both protocols list them in a field of that name. */
function hasTools(document: unknown): boolean {
  const tools = (document as { tools?: unknown } | null)?.tools;
  return Array.isArray(tools) && tools.length > 0;
}

/**
 * The body with the planned model; every other byte stays. One that was compressed, or in another encoding than UTF-8,
 * leaves as plain UTF-8.
 */
export function plannedBody(call: Call): Pick<Prepared, 'body' | 'text' | 'isRecoded'> {
  const { plan, facts, body } = call;
  if (body === null) return { body: null, text: null, isRecoded: false };
  const { bytes, text } = body;
  if (text === null || plan === null || plan.model === null || plan.model === facts.model)
    return { body: bytes, text, isRecoded: false };
  const planned = withModel(call, body, text, plan.model);
  return { body: planned, text: planned, isRecoded: text !== bytes };
}

function withModel(call: Call, { digest, document }: ReadBody, text: Buffer, model: string): Buffer {
  const json = JSON.stringify(model);
  if (digest !== null) {
    const { modelSpan } = digest;
    const planned =
      modelSpan === null
        ? insertTopLevelMember(text, 'model', json)
        : splice(text, modelSpan.start, modelSpan.end, json);
    return planned ?? text;
  }
  const planned = replaceTopLevelValue(text, 'model', json);
  return planned ?? Buffer.from(JSON.stringify(plannedDocument(call, document)));
}

/** The parsed body with the planned model. */
export function plannedDocument({ plan, facts }: Call, document: unknown): unknown {
  if (plan === null || plan.model === null || plan.model === facts.model) return document;
  return { ...(document as Record<string, unknown>), model: plan.model };
}

/** What the response says of the plan: names and values in turn. */
export function planHeaders({ plan, facts, mount, translation }: Call): readonly string[] {
  if (plan === null) return [];
  const headers: string[] = [];
  if (plan.model !== facts.model && plan.model !== null) {
    headers.push('x-tokenwatch-requested-model', headerText(facts.model ?? ''));
    headers.push('x-tokenwatch-routed-model', plan.model);
  }
  if (plan.rule !== null) headers.push('x-tokenwatch-routing-rule', plan.rule);
  if (plan.foreignApi !== null)
    headers.push('x-tokenwatch-translated', `${mount.protocol.name}-to-${plan.foreignApi}`);
  if (translation !== null && translation.leftOut.length > 0)
    headers.push('x-tokenwatch-left-out', translation.leftOut.join(', '));
  if (plan.experiment !== null && plan.variant !== null)
    headers.push('x-tokenwatch-ab-test', plan.experiment, 'x-tokenwatch-ab-variant', plan.variant);
  return headers;
}

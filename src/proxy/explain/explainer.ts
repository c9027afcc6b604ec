// Says what would become of a request: the proxy's own decisions, up to where it would leave. Nothing is sent, set
// aside, recorded or counted.

import { randomUUIDv7 } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { TokenWatchError } from '../../core/errors.ts';
import type {
  ExplainedBudgets,
  ExplainedCost,
  ExplainedOutcome,
  ExplainedTokens,
  ExplainedUpstream,
  ExplainQuestion,
  Explanation,
} from '../../core/explanation.ts';
import { headerPairs } from '../../core/flat-headers.ts';
import type { TokenEstimator } from '../../core/journal.ts';
import type { Prices } from '../../core/price.ts';
import type { CacheUse } from '../../core/record.ts';
import { defaultUpstream } from '../../core/upstream.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { CostBound, CostBoundAnswer } from '../../ledger/bounds/cost-bound.ts';
import { describeScope } from '../../ledger/budget.ts';
import { type BudgetGate, boundOf, type GateAssessment } from '../../ledger/gate.ts';
import type { RuleSet } from '../../policy/rules.ts';
import { BodyReader } from '../body/body-reader.ts';
import { formFacts } from '../body/form-reader.ts';
import { urlFormFacts } from '../body/url-form.ts';
import { type CachePreview, type CacheView, previewCache } from '../cache/cache-question.ts';
import { Call, type Mount, type Prepared } from '../call.ts';
import { errorHeaders, statusFor } from '../error-response.ts';
import { headerText } from '../header-text.ts';
import { PlanAccount } from '../plan/plan-account.ts';
import type { Planner } from '../plan/planner.ts';
import { gateRequest, planCall, prepare, readingOf, unplannedReason } from '../plan/prepare.ts';
import { translationQuestion } from '../plan/translation.ts';
import { bodyTooLarge } from '../read-body.ts';

export interface ExplainerOptions {
  readonly source: Explanation['source'];
  readonly clock: Clock;
  readonly mounts: readonly Mount[];
  readonly rules: () => RuleSet;
  readonly planner: Planner;
  /** Null where budgets are off. */
  readonly budgets: BudgetGate | null;
  /** Null where the cache is off. */
  readonly cache: CacheView | null;
  readonly costs: CostBound;
  readonly prices: Prices;
  readonly estimator: TokenEstimator;
  readonly bodyBytesMax: number;
}

export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #bodies: BodyReader;

  constructor(options: ExplainerOptions) {
    this.#options = options;
    this.#bodies = new BodyReader(options.bodyBytesMax);
  }

  async explain(question: ExplainQuestion): Promise<Explanation> {
    const { planner, budgets, cache, clock, source } = this.#options;
    const call = this.#callOf(question);
    const bytes = question.body ?? Buffer.alloc(0);
    const reading = readingOf(call);
    const fields = reading === 'document' ? urlFormFacts(bytes, call.headers) : null;
    const form = reading === 'form' ? await formFacts(call.headers['content-type'], bytes) : fields;
    const isDocument = reading === 'document' && fields === null;
    const body = isDocument ? await this.#bodies.readWhole(bytes, call.headers) : null;
    // Everything up to the cache is decided in one go, as in the proxy: by one set of rules, at one moment.
    const rules = this.#options.rules();
    const account = new PlanAccount();
    const document = planCall(planner, call, body, account);
    const translation = translationQuestion(call);
    const elsewhere =
      translation === null ? null : await this.#bodies.translate(call.body?.text ?? bytes, translation);
    const prepared = prepare(planner, call, document, elsewhere);
    if (form !== null) call.readForm(form);
    const gate = gateRequest(call, prepared.document);
    const assessed = (await budgets?.assess(gate)) ?? null;
    const { bound } = boundOf(this.#options.costs, gate);
    const preview = cache === null ? null : await previewCache(cache, clock.now(), call, prepared);
    const unplanned = unplannedReason(call);
    const untried = unplanned ?? 'the request names no model';
    const tokens = await this.#tokens(call, prepared, bound);
    const tooLarge = (question.body?.length ?? 0) > this.#options.bodyBytesMax;
    const plan = call.plan;
    return {
      source,
      request: {
        id: call.id,
        api: question.api,
        endpoint: call.endpoint.name,
        app: call.caller.app,
        session: call.caller.session,
        stream: call.facts.stream,
        bodyBytes: question.body?.length ?? 0,
        unplanned,
      },
      tag: account.tag(call.tag, plan),
      routes: account.routes(rules, untried),
      experiments: account.experiments(rules, plan, untried),
      inactive: rules.inactive,
      model: {
        requested: call.facts.model,
        final: call.model,
        rule: plan?.rule ?? null,
        experiment: plan?.experiment ?? null,
        variant: plan?.variant ?? null,
        foreignApi: plan?.foreignApi ?? null,
      },
      tokens,
      cost: this.#cost(call, tokens, bound),
      budgets: explainedBudgets(assessed),
      cache: explainedCache(preview),
      upstreams: upstreamsOf(call),
      outcome: outcomeOf(
        tooLarge ? bodyTooLarge(this.#options.bodyBytesMax) : null,
        call,
        prepared,
        assessed,
        preview,
      ),
    };
  }

  #callOf(question: ExplainQuestion): Call {
    const { mounts, clock } = this.#options;
    const mount = mounts.find(({ protocol }) => protocol.name === question.api);
    if (mount === undefined) throw new RangeError(`no mount speaks ${question.api}`);
    return new Call({
      id: question.id ?? randomUUIDv7(),
      mount,
      method: question.method,
      target: question.path,
      headers: headersOf(question.headers),
      rawHeaders: question.headers.flat(),
      startedAtMs: clock.now(),
    });
  }

  async #tokens(call: Call, prepared: Prepared, bound: CostBoundAnswer): Promise<ExplainedTokens> {
    const { endpoint, mount, model } = call;
    const { inputTokensMax: inputMax, outputTokensMax: outputMax } = bound;
    if (!isCharged(call)) return { inputEstimated: null, inputMax, outputMax };
    const digest = call.body?.digest?.prompt ?? null;
    const text = digest?.beginning ?? mount.protocol.promptText(endpoint, prepared.plannedDocument ?? null);
    const inputEstimated = await this.#options.estimator.count(text, model, digest?.characters);
    return { inputEstimated, inputMax, outputMax };
  }

  #cost(call: Call, tokens: ExplainedTokens, bound: CostBoundAnswer): ExplainedCost {
    const { model, base, startedAtMs } = call;
    const { facts } = call.translation ?? call;
    const { inputEstimated, outputMax } = tokens;
    const free = { inputNanoUsd: 0, estimatedNanoUsd: 0, worstNanoUsd: 0, priceSource: null };
    if (!isCharged(call)) return free;
    const priced = (outputTokens: number) =>
      this.#options.prices.cost({
        runs: [
          {
            kind: 'message',
            model: null,
            usage: { ...NO_USAGE, inputTokens: inputEstimated ?? 0, outputTokens },
            serviceTier: facts.serviceTier,
            speed: facts.speed,
            inferenceGeo: null,
          },
        ],
        model,
        upstream: base.origin,
        atMs: startedAtMs,
      });
    const whole = priced(outputMax);
    return {
      inputNanoUsd: priced(0).costNanoUsd,
      estimatedNanoUsd: whole.costNanoUsd,
      worstNanoUsd: bound.costNanoUsd,
      priceSource: whole.source,
    };
  }
}

/** In the order in which they would be asked. */
function upstreamsOf({ candidates, mount, model }: Call): readonly ExplainedUpstream[] {
  if (candidates === null) {
    const { name, base } = defaultUpstream(mount.protocol.name, mount.base);
    return [{ name, url: base.address, model, state: 'closed', restsUntilMs: null }];
  }
  return candidates.map(({ upstream, model: there, state, rest }) => ({
    name: upstream.name,
    url: upstream.base.address,
    model: there,
    state,
    restsUntilMs: rest?.untilMs ?? null,
  }));
}

const isCharged = ({ endpoint }: Call): boolean => endpoint.charge === 'text';

function explainedBudgets(assessed: GateAssessment | null): ExplainedBudgets {
  if (assessed === null) return { enabled: false, reservesNanoUsd: null, matching: [], kills: [] };
  return {
    enabled: true,
    reservesNanoUsd: assessed.reservesNanoUsd,
    matching: assessed.budgets.map((standing) => ({
      name: standing.budget.name,
      scope: describeScope(standing.budget.scope),
      per: standing.budget.per ?? null,
      action: standing.budget.action,
      period: standing.budget.period,
      limitNanoUsd: standing.limitNanoUsd,
      spentNanoUsd: standing.spentNanoUsd,
      reservedNanoUsd: standing.reservedNanoUsd,
      remainingNanoUsd: standing.remainingNanoUsd,
      periodEndMs: Number.isFinite(standing.periodEndMs) ? standing.periodEndMs : null,
      refuses: standing.refuses,
    })),
    kills: assessed.kills.map(({ id, scope }) => ({ id, scope: describeScope(scope) })),
  };
}

function explainedCache(preview: CachePreview | null): Explanation['cache'] {
  if (preview === null)
    return { enabled: false, use: null, reason: 'the cache is off', rule: null, key: null, answer: null };
  const { key, found, use, reason, policy } = preview;
  return {
    enabled: true,
    use,
    reason,
    rule: policy.rule,
    // Without the turns: an explanation is no place for a prompt.
    key: key && { id: key.id, parts: key.parts },
    answer: found && {
      from: found.from,
      createdAtMs: found.answer.createdAtMs,
      expiresAtMs: found.answer.expiresAtMs,
      costNanoUsd: found.answer.costNanoUsd,
    },
  };
}

const ANSWERS: ReadonlySet<string> = new Set<CacheUse>(['exact', 'semantic', 'inflight']);

/** The first that refuses decides, in the pipeline's order. */
function outcomeOf(
  tooLarge: TokenWatchError | null,
  { candidate, headers: asked }: Call,
  prepared: Prepared,
  assessed: GateAssessment | null,
  preview: CachePreview | null,
): ExplainedOutcome {
  const error = tooLarge ?? prepared.refusal ?? assessed?.error ?? preview?.error ?? null;
  if (error !== null) {
    const headers = errorHeaders(error);
    const status = statusFor(error, asked);
    return { action: 'refuse', status, code: error.code, message: error.message, headers };
  }
  const isHit = preview !== null && preview.use !== null && ANSWERS.has(preview.use);
  return {
    action: isHit ? 'answer_from_cache' : 'forward',
    status: isHit ? 200 : null,
    code: null,
    message: null,
    headers: {
      ...Object.fromEntries(headerPairs(prepared.headers)),
      ...assessed?.headers,
      ...Object.fromEntries(headerPairs(preview?.headers ?? [])),
      // Where there is a choice, the answer says who gave it: the first, if all goes well.
      ...(candidate !== null && !isHit && { 'x-tokenwatch-upstream': headerText(candidate.upstream.name) }),
    },
  };
}

/** Of these, Node keeps the first; of others it joins all. */
const FIRST_WINS = new Set(['authorization', 'content-length', 'content-type', 'host', 'user-agent']);

function headersOf(given: ExplainQuestion['headers']): IncomingHttpHeaders {
  const headers: Record<string, string> = {};
  for (const [name, value] of given) {
    const lower = name.toLowerCase();
    const before = Object.hasOwn(headers, lower) ? headers[lower] : undefined;
    if (before === undefined) headers[lower] = value;
    else if (!FIRST_WINS.has(lower)) headers[lower] = `${before}${lower === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

// The one place that orders the steps of a request:
// arrive → read the body → read its facts → plan (tag, route, A/B) → budget gate → journal the start → cache →
// forward → relay and meter → settle.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HeldRooms } from '../core/held-rooms.ts';
import { LinkedSet } from '../core/linked-set.ts';
import type { SiteGuard } from '../core/site-guard.ts';
import { notDurable } from '../ledger/budget-ticket.ts';
import type { BudgetGate } from '../ledger/gate.ts';
import { KnownAnswers } from '../ledger/known-answers.ts';
import { endWith } from '../runtime/last-word.ts';
import type { FailoverRules } from '../upstream/failover.ts';
import type { Forwarder } from '../upstream/forward.ts';
import type { Health } from '../upstream/health.ts';
import type { KeyReader } from '../upstream/keys.ts';
import type { AccessStep } from './access-step.ts';
import { Afterwork } from './afterwork.ts';
import { AnswerPath, upstreamNotes } from './answer/answer-path.ts';
import { AnswerThread } from './answer/answer-thread.ts';
import type { ArchiveStep } from './archive/archive-step.ts';
import { BodyReader } from './body/body-reader.ts';
import { formWatch, readForm } from './body/form-reader.ts';
import { urlFormFacts } from './body/url-form.ts';
import type { RefusedBody, TranslatedBody } from './body-translation.ts';
import { BudgetStep, leaveOnClose } from './budget-step.ts';
import type { CacheStep } from './cache/cache-step.ts';
import { type Mount, NO_FACTS, type Prepared, type ReadBody } from './call.ts';
import { labelError } from './caller.ts';
import { drain } from './drain.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import { Delivery } from './forward/delivery.ts';
import { Outgoing, type OutgoingOptions } from './forward/outgoing.ts';
import { RetriedAnswer } from './forward/retried-answer.ts';
import { UsageQuestions } from './forward/usage-questions.ts';
import { type GuardedRequest, GuardedResponse, guard } from './guard.ts';
import { formError, framingError } from './headers.ts';
import { HOPS_HEADER, loopError } from './hops.ts';
import type { Planner } from './plan/planner.ts';
import { markUnplanned, planCall, prepare, readingOf, unplannedHeaders } from './plan/prepare.ts';
import { translationQuestion } from './plan/translation.ts';
import { bodyTooLarge, readBody } from './read-body.ts';
import { handshakeOf } from './tunnel/handshake.ts';
import { Tunnels } from './tunnel/tunnel.ts';

export interface PipelineOptions extends Omit<ExchangeOptions, 'open' | 'knownAnswers'>, Retunable {
  readonly forwarder: Forwarder;
  readonly connectTimeoutMs: number;
  readonly overallTimeoutMs: number;
  /** Null where budgets are off. */
  readonly budgets: BudgetGate | null;
  /** Null where the cache is off. */
  readonly cache: CacheStep | null;
  /** Null where no prompt is stored. */
  readonly archive: ArchiveStep | null;
  readonly planner: Planner;
  readonly health: Health;
  readonly keys: KeyReader;
  /** Stands for this proxy on the requests that it has sent. */
  readonly hop: string;
  readonly access: AccessStep;
  /** For what all answers hold while they pass. */
  readonly rooms: HeldRooms;
}

/** What may change while it works. */
export interface Retunable {
  readonly bodyBytesMax: number;
  readonly asksForStreamUsage: boolean;
  readonly failover: FailoverRules;
  /** Keeps other web sites out. */
  readonly sites: SiteGuard;
}

const NO_HEADERS: readonly string[] = Object.freeze([]);
/** Forms whose model stands at their beginning name it within this. */
const FORM_HEAD_BYTES = 64 * 1024;

export class Pipeline {
  readonly #options: PipelineOptions & ExchangeOptions;
  readonly #tunnels: Tunnels;
  #bodies: BodyReader;
  readonly #budgets: BudgetStep | null;
  readonly #outgoing: OutgoingOptions;
  readonly #afterwork = new Afterwork();
  readonly #answers = new AnswerThread();
  readonly #open = new LinkedSet<Exchange>();
  #whenSettled: (() => void) | null = null;

  constructor(options: PipelineOptions) {
    this.#options = {
      ...options,
      open: this.#open,
      knownAnswers: new KnownAnswers(),
      onSettled: (start, end, sight) => {
        options.onSettled(start, end, sight);
        if (this.#open.size === 0) this.#whenSettled?.();
      },
    };
    this.#bodies = new BodyReader(options.bodyBytesMax);
    this.#budgets = options.budgets && new BudgetStep(options.budgets, () => this.#catchUp());
    this.#outgoing = { ...options, usageQuestions: new UsageQuestions(options.clock) };
    this.#tunnels = new Tunnels({
      prepareHandshake: (exchange) => handshakeOf(exchange, options.keys, options.hop),
      connectTimeoutMs: options.connectTimeoutMs,
      agentFor: (base) => options.forwarder.socketAgent(base),
      answerTimeoutMs: options.overallTimeoutMs,
      flush: () => options.journal.flush(),
      parser: this.#answers,
      room: options.rooms.reading,
      prices: options.prices,
      charged: options.chargedLines,
    });
  }

  /** For requests from now on. */
  retune(wishes: Retunable): void {
    Object.assign(this.#options, wishes);
    Object.assign(this.#outgoing, wishes);
    this.#bodies = new BodyReader(wishes.bodyBytesMax);
  }

  /** Resolves when every request that has begun is settled (an estimate may take a moment longer than its answer). */
  async settled(): Promise<void> {
    this.#afterwork.run();
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenSettled = resolve;
    });
  }

  /** A WebSocket. `head` is what the client sent behind its handshake. */
  upgrade(mount: Mount, target: string, request: GuardedRequest, socket: Duplex, head: Buffer): void {
    // For answers that are no upgrade: an error of ours, or the upstream's refusal.
    const response = new GuardedResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => endWith(socket, null));
    const exchange = new Exchange(this.#options, mount, target, request, response);
    guard(exchange, () => this.#shakeHands(exchange, socket, head))();
  }

  #shakeHands(exchange: Exchange, socket: Duplex, head: Buffer): void {
    if (this.#isRefused(exchange)) return;
    const query = new URLSearchParams(exchange.target.split('?')[1]);
    // Azure's word for what answers.
    const model = query.get('model') ?? query.get('deployment');
    exchange.facts = { ...NO_FACTS, model, stream: true };
    this.#catchUp();
    const { planner } = this.#options;
    planner.plan(exchange, undefined);
    markUnplanned(planner, exchange);
    const refusal =
      labelError(exchange.headers, exchange.rawHeaders) ??
      planner.keyRefusal(exchange) ??
      this.#options.access.enter(exchange);
    if (refusal !== null) {
      exchange.fail(refusal, 'refused');
      return;
    }
    this.#admit(exchange, undefined, (budgetHeaders) => {
      if (!this.#begin(exchange)) return;
      exchange.markSent();
      this.#tunnels.open(exchange, socket, head, [
        ...budgetHeaders,
        ...unplannedHeaders(exchange),
        ...upstreamNotes(exchange),
      ]);
    });
  }

  /** Ends what runs with an access key that was revoked. */
  cutRevoked(): void {
    for (const exchange of [...this.#open]) {
      const error = this.#options.access.revocation(exchange);
      if (error !== null) exchange.cut(error);
    }
  }

  /** Lets what is open end, and cuts it when `graceMs` are over or `hurry` is aborted. */
  drain(graceMs: number, hurry: AbortSignal, onLook: () => void): Promise<void> {
    return drain({ clock: this.#options.clock, open: this.#open, graceMs, hurry, onLook });
  }

  /** `target` is the path and query below the mount. */
  handle(mount: Mount, target: string, request: GuardedRequest, response: GuardedResponse): void {
    const exchange = new Exchange(this.#options, mount, target, request, response);
    guard(exchange, () => this.#take(exchange))();
  }

  #take(exchange: Exchange): void {
    if (this.#isRefused(exchange)) return;
    const { request, response } = exchange;
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > this.#options.bodyBytesMax) {
      exchange.fail(bodyTooLarge(this.#options.bodyBytesMax), 'refused');
      return;
    }
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    const reading = readingOf(exchange);
    if (reading === 'none') this.#forward(exchange, null);
    else if (reading === 'form') this.#readForm(exchange);
    else this.#readDocument(exchange);
  }

  /** Of what must not go on, whatever it asks. */
  #isRefused(exchange: Exchange): boolean {
    const come = exchange.headers[HOPS_HEADER];
    const framing = framingError(exchange.request);
    // Where its body ends nobody can say for sure: what comes behind it is not read.
    if (framing !== null) exchange.response.shouldKeepAlive = false;
    const error =
      framing ??
      formError(exchange) ??
      this.#options.sites.refusalWithoutLinks(exchange.headers) ??
      this.#options.access.identify(exchange) ??
      (come === undefined ? null : loopError(come, this.#options.hop));
    if (error !== null) exchange.fail(error, 'refused');
    return error !== null;
  }

  #readDocument(exchange: Exchange): void {
    readBody(exchange.request, this.#options.bodyBytesMax, (error, body) => {
      if (error !== null) exchange.fail(error, error.code === 'client_gone' ? 'client_gone' : 'refused');
      else this.#read(exchange, body);
    });
  }

  #read(exchange: Exchange, body: Buffer): void {
    exchange.requestBytes = body.length;
    const read = this.#bodies.readAtOnce(body, exchange.headers);
    if (read !== null) {
      this.#forward(exchange, read);
      return;
    }
    const fields = urlFormFacts(body, exchange.headers);
    if (fields !== null) {
      this.#forward(exchange, null, () => exchange.readForm(fields), body);
      return;
    }
    const stay = leaveOnClose(exchange);
    const goOn = guard(exchange, (decoded: ReadBody) => {
      if (exchange.isFinished) return;
      stay();
      this.#forward(exchange, decoded);
    });
    this.#bodies.decode(body, exchange.headers, goOn);
  }

  /** Where nothing depends on its model, a form is hardly held up for it. */
  #readForm(exchange: Exchange): void {
    const { bodyBytesMax: bytesMax, budgets } = this.#options;
    const { request, headers } = exchange;
    const heldBytesMax = budgets?.limitsAnything ? bytesMax : FORM_HEAD_BYTES;
    readForm(request, { bytesMax, heldBytesMax }, (error, { facts, bytes }) => {
      if (error !== null) {
        exchange.fail(error, error.code === 'client_gone' ? 'client_gone' : 'refused');
        return;
      }
      exchange.requestBytes = bytes?.length ?? 0;
      exchange.onBodyBytes = formWatch(headers['content-type'], (found) => {
        if (found.model !== null) exchange.readForm(found);
      });
      this.#forward(exchange, null, () => exchange.readForm(facts), bytes);
    });
  }

  /** `read` is called once it is planned: rules do not look into forms. `held` is a body in one piece that is none to be read. */
  #forward(exchange: Exchange, body: ReadBody | null, read?: () => void, held: Buffer | null = null): void {
    this.#catchUp();
    const document = planCall(this.#options.planner, exchange, body);
    const translation = translationQuestion(exchange);
    const text = body?.text ?? null;
    if (translation === null || text === null) {
      this.#goOn(exchange, document, null, read, held);
      return;
    }
    const stay = leaveOnClose(exchange);
    const goOn = guard(exchange, (translated: TranslatedBody | RefusedBody) => {
      if (exchange.isFinished) return;
      stay();
      this.#catchUp();
      this.#goOn(exchange, document, translated);
    });
    void this.#bodies.translate(text, translation).then(goOn);
  }

  #goOn(
    exchange: Exchange,
    document: unknown,
    translated: TranslatedBody | RefusedBody | null,
    read?: () => void,
    held: Buffer | null = null,
  ): void {
    const { planner, cache, archive } = this.#options;
    const planned = prepare(planner, exchange, document, translated);
    const prepared = held === null ? planned : { ...planned, body: held };
    read?.();
    const refusal = prepared.refusal ?? this.#options.access.enter(exchange);
    if (refusal !== null) {
      exchange.fail(refusal, 'refused');
      return;
    }
    this.#admit(exchange, prepared.document, (budgetHeaders) => {
      if (!this.#begin(exchange)) return;
      if (archive !== null) exchange.transcript = archive.open(exchange);
      const headers = [...prepared.headers, ...budgetHeaders];
      if (cache === null) this.#send(exchange, prepared, headers);
      else cache.consult(exchange, prepared, headers, (all) => this.#send(exchange, prepared, all));
    });
  }

  /** Journals the start. False where a hard budget could not rely on that: then it is refused, and answered. */
  #begin(exchange: Exchange): boolean {
    exchange.begin();
    if (!exchange.ticket?.mustBeDurable || this.#options.journal.makeDurable()) return true;
    exchange.fail(notDurable(), 'refused');
    return false;
  }

  #admit(exchange: Exchange, document: unknown, goOn: (headers: readonly string[]) => void): void {
    if (this.#budgets === null) goOn(NO_HEADERS);
    else this.#budgets.admit(exchange, document, goOn);
  }

  /** Settles what is answered, where a decision about the next request may depend on it. */
  #catchUp(): void {
    const { planner, budgets, cache } = this.#options;
    if (cache !== null || planner.followsRules || budgets?.limitsAnything) this.#afterwork.run();
  }

  /** Sends it upstream, and the answer, with `extraHeaders`, to the client. */
  #send(exchange: Exchange, prepared: Prepared, extraHeaders: readonly string[]): void {
    const outgoing = new Outgoing(exchange, prepared, this.#outgoing);
    const { relay, sink } = new AnswerPath(exchange, {
      outgoing,
      journal: this.#options.journal,
      extraHeaders,
      timeoutMs: this.#options.overallTimeoutMs,
      afterwork: this.#afterwork,
      thread: this.#answers,
      rooms: this.#options.rooms,
    });
    exchange.markSent();
    if (exchange.candidates !== null) {
      new Delivery(this.#options, exchange, outgoing, relay, sink).start();
      return;
    }
    const { clock, failover } = this.#options;
    const retriesMax = outgoing.canBeSentAgain ? failover.retriesMax : 0;
    const handler =
      retriesMax === 0
        ? sink
        : new RetriedAnswer({ exchange, clock, retriesMax, waiting: relay, handler: sink, sender: outgoing });
    outgoing.dispatch(handler);
  }
}

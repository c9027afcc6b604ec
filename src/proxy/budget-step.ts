// Sets money aside for a request before it goes on, or refuses it: at once where that can be said at once, else when
// its input was counted or others have ended that hold what it needs.

import type { Admission, BudgetGate, GateRequest, Weighed } from '../ledger/gate.ts';
import type { Exchange } from './exchange.ts';
import { guard } from './guard.ts';
import { gateRequest } from './plan/prepare.ts';

/** Takes headers for the answer: names and values in turn. */
type GoOn = (headers: readonly string[]) => void;

const NO_HEADERS: readonly string[] = Object.freeze([]);

export class BudgetStep {
  readonly #gate: BudgetGate;
  readonly #catchUp: () => void;

  /** `catchUp` settles what was answered meanwhile. */
  constructor(gate: BudgetGate, catchUp: () => void) {
    this.#gate = gate;
    this.#catchUp = catchUp;
  }

  /** Calls `goOn` where the request is admitted; answers it where it is refused. */
  admit(exchange: Exchange, document: unknown, goOn: GoOn): void {
    const request = gateRequest(exchange, document);
    const weighed = this.#gate.weigh(request);
    if (weighed.isTight) this.#count(exchange, request, goOn);
    else this.#enter(exchange, request, weighed, goOn);
  }

  /** Its bytes would not fit, but its tokens may: they are counted elsewhere. */
  #count(exchange: Exchange, request: GateRequest, goOn: GoOn): void {
    const stay = leaveOnClose(exchange);
    const enter = guard(exchange, (counted: Weighed) => {
      if (exchange.isFinished) return;
      stay();
      this.#catchUp();
      this.#enter(exchange, request, counted, goOn);
    });
    this.#gate.count(request).then(enter, (fault: unknown) => exchange.crash(fault));
  }

  #enter(exchange: Exchange, request: GateRequest, weighed: Weighed, goOn: GoOn): void {
    const admission = this.#gate.enter(request, weighed);
    if (admission === null) this.#wait(exchange, request, weighed, goOn);
    else take(exchange, admission, goOn);
  }

  #wait(exchange: Exchange, request: GateRequest, weighed: Weighed, goOn: GoOn): void {
    const enter = guard(exchange, (admission: Admission) => {
      stay();
      take(exchange, admission, goOn);
    });
    const cancel = this.#gate.wait(request, weighed, enter);
    const stay = leaveOnClose(exchange, cancel);
  }
}

function take(exchange: Exchange, admission: Admission, goOn: GoOn): void {
  if (admission.ticket === null) {
    exchange.fail(admission.error, 'refused');
    return;
  }
  exchange.ticket = admission.ticket;
  const headers = Object.entries(admission.headers);
  goOn(headers.length === 0 ? NO_HEADERS : headers.flat());
}

/** While nothing else watches the client. Returns what ends the watch. */
export function leaveOnClose(exchange: Exchange, cancel?: () => void): () => void {
  const leave = (): void => {
    cancel?.();
    exchange.leave();
  };
  exchange.response.once('close', leave);
  return () => exchange.response.off('close', leave);
}

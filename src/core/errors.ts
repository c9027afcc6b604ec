// Every error that TokenWatch itself raises. One table; a code never changes its meaning.

interface ErrorKind {
  /** The HTTP status that a client sees. */
  readonly status: number;
  /** True when the same request may succeed later without a change. */
  readonly retryable: boolean;
}

export const ERROR_KINDS = {
  unknown_route: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  forbidden: { status: 403, retryable: false },
  login_required: { status: 401, retryable: false },
  login_failed: { status: 401, retryable: false },
  login_unavailable: { status: 503, retryable: true },
  too_many_logins: { status: 429, retryable: true },
  body_too_large: { status: 413, retryable: false },
  head_too_large: { status: 431, retryable: false },
  request_timeout: { status: 408, retryable: true },
  bad_request: { status: 400, retryable: false },
  not_translatable: { status: 400, retryable: false },
  answer_not_translatable: { status: 502, retryable: false },
  loop_detected: { status: 508, retryable: false },
  upstream_connect_failed: { status: 502, retryable: true },
  upstream_connect_timeout: { status: 504, retryable: true },
  upstream_timeout: { status: 504, retryable: true },
  upstream_broken: { status: 502, retryable: true },
  upstream_key_missing: { status: 500, retryable: false },
  key_required: { status: 401, retryable: false },
  key_invalid: { status: 401, retryable: false },
  key_model_refused: { status: 403, retryable: false },
  key_without_upstream: { status: 403, retryable: false },
  key_rate_limited: { status: 429, retryable: true },
  key_busy: { status: 429, retryable: true },
  foreign_key: { status: 401, retryable: false },
  upstream_rate_limited: { status: 429, retryable: true },
  upstream_resting: { status: 503, retryable: true },
  client_gone: { status: 499, retryable: false },
  shutting_down: { status: 503, retryable: true },
  internal_error: { status: 500, retryable: false },
  invalid_setting: { status: 500, retryable: false },
  invalid_argument: { status: 400, retryable: false },
  port_in_use: { status: 500, retryable: false },
  folder_in_use: { status: 500, retryable: false },
  run_in_progress: { status: 409, retryable: false },
  storage_failed: { status: 500, retryable: true },
  database_damaged: { status: 500, retryable: true },
  database_older: { status: 500, retryable: false },
  no_data: { status: 404, retryable: false },
  unembeddable: { status: 422, retryable: false },
  embedder_failed: { status: 503, retryable: true },
  recording_miss: { status: 400, retryable: false },
  cache_miss: { status: 504, retryable: false },
  budget_exceeded: { status: 429, retryable: false },
  budget_busy: { status: 429, retryable: true },
  budget_not_durable: { status: 503, retryable: true },
  budget_offline: { status: 503, retryable: true },
  budget_unknown_price: { status: 429, retryable: false },
  budget_killed: { status: 429, retryable: false },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** Refusals of a budget that waiting does not lift: clients that try every 429 again must not try these. */
export const FINAL_REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'budget_exceeded',
  'budget_unknown_price',
  'budget_killed',
]);

/** What went wrong, with which value, and what to do about it, in one sentence or two. */
export class TokenWatchError extends Error {
  readonly code: ErrorCode;
  /** Response headers that go with it: `retry-after`, what a budget has left. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'TokenWatchError';
    this.code = code;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return ERROR_KINDS[this.code].status;
  }

  get retryable(): boolean {
    return ERROR_KINDS[this.code].retryable;
  }
}

// What a port says of itself to those who run it, beside what it is there for.

export interface OwnPage {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface OwnPages {
  /** Null where there is no such page. `accept` is the request's header. */
  page(path: string, accept: string | undefined): Promise<OwnPage> | null;
}

export function jsonPage(status: number, value: unknown): OwnPage {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

// What people thought of answers. One rating for each request; a later one replaces it.

export const RATING_MIN = 1;
export const RATING_MAX = 5;

export interface Rating {
  /** A whole number from 1 to 5, 5 the best. */
  readonly rating: number;
  readonly atMs: number;
}

/** The rated request, as far as whoever rates it may care. */
export interface RatedRequest {
  readonly id: string;
  readonly experiment: string | null;
  readonly variant: string | null;
}

export interface Feedback {
  /** Of the request with this id, or whose answer carries it (`msg_…`, `chatcmpl-…`); null where there is none. */
  rate(id: string, rating: Rating): Promise<RatedRequest | null>;
}

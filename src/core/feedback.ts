// What people, and models that judge, thought of answers. One rating and one grade for each request; a later one replaces
// it.

export const RATING_MIN = 1;
export const RATING_MAX = 5;

export interface Rating {
  /** A whole number from 1 to 5, 5 the best. */
  readonly rating: number;
  readonly atMs: number;
}

/** What a judge thought of an answer. */
export interface Grade {
  /** From 1 to 5, 5 the best; a mean of several looks need not be whole. */
  readonly grade: number;
  /** The model, such as `openai:gpt-4.1`. */
  readonly judge: string;
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
  /** The same of a judge's grade. */
  grade(id: string, grade: Grade): Promise<RatedRequest | null>;
}

// An endpoint as its schemas describe it: what it is asked with, and what it answers.

import { z } from 'zod';

export interface Endpoint {
  /** What it is for, in a sentence. */
  readonly about: string;
  /** The parameters of a GET or a DELETE, the fields of a POST. */
  readonly input: z.ZodObject;
  readonly answer: z.ZodType;
}

export function endpoint<Input extends z.core.$ZodLooseShape, Answer extends z.ZodType>(
  about: string,
  input: Input,
  answer: Answer,
) {
  return { about, input: z.strictObject(input), answer };
}

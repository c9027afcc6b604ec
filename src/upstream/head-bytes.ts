// How many bytes the headers of an answer may have, and that more of them cost little.

import { errors } from 'undici';

/** Four times what Node's own client reads, and quick to parse, however many they are: names and values alone count. */
export const HEAD_BYTES_MAX = 64 * 1024;

/** undici makes an error for each header beyond the bound, some ten thousand at a time: their stacks cost most of it. */
class WithoutStack extends errors.UndiciError {
  constructor(...given: ConstructorParameters<typeof errors.UndiciError>) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(...given);
    Error.stackTraceLimit = limit;
  }
}

Object.setPrototypeOf(errors.HeadersOverflowError, WithoutStack);

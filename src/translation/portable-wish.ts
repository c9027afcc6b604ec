// How a client wants its answer, as it can be handed from thread to thread.

import { ToolNames } from './tools/tool-names.ts';
import type { AnswerWish } from './translator.ts';

export interface PortableWish {
  readonly wish: Omit<AnswerWish, 'toolNames'>;
  readonly renamedTools: ReadonlyMap<string, string>;
}

export function portableWish({ toolNames, ...wish }: AnswerWish): PortableWish {
  return { wish, renamedTools: toolNames.renamed };
}

export function wishOf({ wish, renamedTools }: PortableWish): AnswerWish {
  return { ...wish, toolNames: new ToolNames(renamedTools) };
}

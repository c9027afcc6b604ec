// Hand-made answers of many providers, each with the figures that it should be read as.

import type { Answer, Kind } from './answer-parts.ts';
import { CHARGES } from './charge-answers.ts';
import { CHAT_SIBLINGS, CHATS } from './chat-answers.ts';
import { CHAT_STREAMS } from './chat-stream-answers.ts';
import { CLOUDS } from './cloud-answers.ts';
import { DASHSCOPE_KINDS } from './dashscope-answers.ts';
import { GATEWAYS, TIMED } from './gateway-answers.ts';
import { INTERACTION_KINDS } from './interactions-answers.ts';
import { MESSAGE_KINDS } from './messages-answers.ts';
import { OTHERS } from './other-answers.ts';
import { RESPONSE_KINDS } from './responses-answers.ts';
import { USAGES } from './usage-answers.ts';

const KINDS: readonly Kind[] = [
  ...CHATS,
  ...CHAT_SIBLINGS,
  ...CHAT_STREAMS,
  ...RESPONSE_KINDS,
  ...MESSAGE_KINDS,
  ...OTHERS,
  ...CLOUDS,
  ...USAGES,
  ...CHARGES,
  ...INTERACTION_KINDS,
  ...GATEWAYS,
  ...TIMED,
  ...DASHSCOPE_KINDS,
];

/** One answer of every kind; `seed` varies the figures. */
export function answers(seed: number): readonly Answer[] {
  return KINDS.map(([name, make]) => ({ method: 'POST', ...make(seed), name }));
}

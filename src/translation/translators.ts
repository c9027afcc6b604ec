// The two directions of translation, named by the client's API. Pure: no I/O, no clock.

import type { ProtocolName } from '../core/protocol.ts';
import { replayMessage } from '../protocols/anthropic/replay.ts';
import { replayChat } from '../protocols/openai/replay-chat.ts';
import { messageToCompletion } from './answers/answer-to-chat.ts';
import { completionToMessage } from './answers/answer-to-messages.ts';
import { errorToChat, errorToMessages } from './answers/error-bodies.ts';
import { StreamToChat } from './answers/stream-to-chat.ts';
import { StreamToMessages } from './answers/stream-to-messages.ts';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';
import type { Translator } from './translator.ts';

export const TRANSLATORS: readonly Translator[] = [
  {
    client: 'anthropic',
    target: 'openai',
    clientEndpoint: 'messages',
    targetPath: '/v1/chat/completions',
    request: messagesToChat,
    answer: completionToMessage,
    stream: (context) => new StreamToMessages(context),
    replay: replayMessage,
    error: errorToMessages,
  },
  {
    client: 'openai',
    target: 'anthropic',
    clientEndpoint: 'chat/completions',
    targetPath: '/v1/messages',
    request: chatToMessages,
    answer: messageToCompletion,
    stream: (context) => new StreamToChat(context),
    replay: replayChat,
    error: errorToChat,
  },
];

/** Null where there is no translation for this endpoint of the client's API. */
export function translatorFor(
  client: ProtocolName,
  endpoint: string,
  target: ProtocolName,
): Translator | null {
  return (
    TRANSLATORS.find(
      (one) => one.client === client && one.target === target && one.clientEndpoint === endpoint,
    ) ?? null
  );
}

// What the upstream of a fault run says where it behaves: whole answers and streams of both protocols.

export const INPUT_TOKENS = 20;

export interface Call {
  readonly prompt: string;
  readonly caller: string;
  readonly model: string;
  readonly isStream: boolean;
  readonly isChat: boolean;
  readonly words: number;
}

const word = ({ caller, prompt }: Call, index: number): string =>
  index === 0 ? `answers ${caller}/${prompt}` : ' word';
const textOf = (call: Call): string =>
  Array.from({ length: call.words }, (_, index) => word(call, index)).join('');
const chatUsage = (words: number) => ({
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: words,
  total_tokens: INPUT_TOKENS + words,
});

export function wholeBody(call: Call): string {
  const { prompt, model, words, isChat } = call;
  if (isChat) {
    return JSON.stringify({
      id: `chat-${prompt}-${words}`,
      object: 'chat.completion',
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: textOf(call) }, finish_reason: 'stop' }],
      usage: chatUsage(words),
    });
  }
  return JSON.stringify({
    id: `msg-${prompt}-${words}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: textOf(call) }],
    stop_reason: 'end_turn',
    usage: { input_tokens: INPUT_TOKENS, output_tokens: words },
  });
}

/** One event a word between the first and the last. */
export function eventsOf(call: Call): string[] {
  return call.isChat ? chatEvents(call) : messageEvents(call);
}

function chatEvents(call: Call): string[] {
  const { prompt, model, words } = call;
  const chunk = (more: object): string =>
    `data: ${JSON.stringify({ id: `chat-${prompt}`, object: 'chat.completion.chunk', model, ...more })}\n\n`;
  const delta = (content: string): string => chunk({ choices: [{ index: 0, delta: { content } }] });
  const later = words > 1 ? delta(word(call, 1)) : '';
  return [
    chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }),
    ...Array.from({ length: words }, (_, index) => (index === 0 ? delta(word(call, 0)) : later)),
    `${chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}${chunk({ choices: [], usage: chatUsage(words) })}data: [DONE]\n\n`,
  ];
}

function messageEvents(call: Call): string[] {
  const { prompt, model, words } = call;
  const event = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const message = {
    id: `msg-${prompt}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    usage: { input_tokens: INPUT_TOKENS, output_tokens: 1 },
  };
  const delta = (text: string): string =>
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  const later = words > 1 ? delta(word(call, 1)) : '';
  return [
    event('message_start', { message }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: words }, (_, index) => (index === 0 ? delta(word(call, 0)) : later)),
    event('content_block_stop', { index: 0 }) +
      event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: words } }) +
      event('message_stop', {}),
  ];
}

// What the requests of the demo's past asked, and what they were answered: for its archive of prompts. A session's turns
// are one conversation.

import { isSuccess } from '../../core/outcome.ts';
import { write } from '../prose.ts';
import { randomFrom } from '../random.ts';
import type { PastRequest } from './history.ts';

export interface PastPrompt {
  readonly past: PastRequest;
  readonly request: object;
  readonly answer: object;
}

interface Turn {
  readonly role: string;
  readonly content: string;
}

const SEED = 23;
const SYSTEM = 'You help with the work of a small company. Answer in plain words.';
const QUESTIONS = [
  'Why does the nightly import take so long, and what would you change first?',
  'Write a short reply to a customer who waits for a refund of two orders.',
  'Which of these three headlines is best for readers who know the product?',
  'Review this function: does it handle an empty list, and is the name right?',
  'Summarise the meeting in five points, with who does what until Friday.',
  'Turn this into a query that counts orders by week and country.',
  'The test fails on Tuesdays only. What could depend on the day?',
  'And how would I know that it worked?',
  'Can you make that shorter, and friendlier?',
  'Mail the result to jane.doe@corp.example, please.',
];

/** Those that were answered, oldest first. */
export function* pastPrompts(past: readonly PastRequest[]): Generator<PastPrompt> {
  const random = randomFrom(SEED);
  const sessions = new Map<string, Turn[]>();
  for (const each of past) {
    const { start, end } = each;
    if (!isSuccess(end.outcome)) continue;
    const turns = start.session === null ? [] : (sessions.get(start.session) ?? []);
    const question = QUESTIONS[Math.floor(random.next() * QUESTIONS.length)] ?? '';
    turns.push({ role: 'user', content: question });
    const text = write(Math.min(120, end.usage.outputTokens), question, random);
    yield { past: each, ...exchangeOf(each, turns, text) };
    turns.push({ role: 'assistant', content: text });
    if (start.session !== null) sessions.set(start.session, turns);
  }
}

function exchangeOf(
  { start, end }: PastRequest,
  turns: readonly Turn[],
  text: string,
): Omit<PastPrompt, 'past'> {
  const model = start.modelRequested;
  const [input, output] = [end.usage.inputTokens, end.usage.outputTokens];
  if (start.protocol === 'anthropic')
    return {
      request: { model, max_tokens: 1024, system: SYSTEM, messages: [...turns] },
      answer: {
        id: `msg_${start.id}`,
        type: 'message',
        role: 'assistant',
        model: end.modelUsed,
        content: [{ type: 'text', text }],
        stop_reason: 'end_turn',
        usage: { input_tokens: input, output_tokens: output },
      },
    };
  return {
    request: {
      model,
      max_completion_tokens: 1024,
      messages: [{ role: 'system', content: SYSTEM }, ...turns],
    },
    answer: {
      id: `chatcmpl-${start.id}`,
      object: 'chat.completion',
      model: end.modelUsed,
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    },
  };
}

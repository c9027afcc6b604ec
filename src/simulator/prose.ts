// The simulated models' words: plausible sentences about the prompt, and how many tokens a text has.

import { judgeReply } from './judge-reply.ts';
import type { Random } from './random.ts';

const CHARACTERS_PER_TOKEN = 4;
const OPENINGS = [
  'The short answer is',
  'Looking at this step by step,',
  'A first observation:',
  'In practice,',
  'What matters most here:',
  'To put it plainly,',
  'One thing to keep in mind:',
];
const SUBJECTS = [
  'the request path',
  'the parser',
  'this function',
  'the migration',
  'a smaller batch',
  'the retry loop',
  'the index on the table',
  'the first paragraph',
  'your test',
];
const VERBS = [
  'does more work than it needs',
  'can be split in two',
  'keeps its state in one place',
  'should fail early with a clear message',
  'reads better from top to bottom',
  'is called far more often than expected',
  'never sees an empty list',
  'depends on the order of the inputs',
];
const ENDINGS = [
  'so measure it before changing anything.',
  'which is why the second run is faster.',
  'and the test then shows the difference.',
  'as long as the input stays below a megabyte.',
  'even when two of them run at once.',
  'and nothing else has to change.',
];

/** Tokens in proportion to the text; 0 only for no text. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/**
 * Sentences of about `tokens` tokens, never more. A prompt's own words come back in the first one. A judgement, where the
 * prompt asks for one, is short and whole.
 */
export function write(tokens: number, prompt: string, random: Random): string {
  const judgement = judgeReply(prompt);
  if (judgement !== null) return judgement;
  const topic = prompt
    .split(/\s+/)
    .filter((word) => /^[a-zA-Z]{4,}$/.test(word))
    .slice(-4)
    .join(' ');
  const sentences = [topic === '' ? 'Certainly.' : `About ${topic}:`];
  let length = sentences[0]?.length ?? 0;
  const limit = tokens * CHARACTERS_PER_TOKEN;
  while (length < limit) {
    const opening = random.next() < 0.4 ? `${random.pick(OPENINGS)} ` : '';
    const sentence = `${opening}${random.pick(SUBJECTS)} ${random.pick(VERBS)}, ${random.pick(ENDINGS)}`;
    sentences.push(sentence.charAt(0).toUpperCase() + sentence.slice(1));
    length += sentence.length + 1;
  }
  return sentences.join(' ').slice(0, limit).trimEnd();
}

/** Cuts a text as models stream it: a few characters at a time, spaces in front. */
export function pieces(text: string, random: Random): readonly string[] {
  const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
  const cut: string[] = [];
  for (let index = 0; index < words.length; ) {
    const count = random.between(1, 4);
    cut.push(words.slice(index, index + count).join(''));
    index += count;
  }
  return cut;
}

/** Cuts a text blindly, as tool arguments are streamed. */
export function fragments(text: string, random: Random): readonly string[] {
  const cut: string[] = [];
  for (let index = 0; index < text.length; ) {
    const length = random.between(4, 18);
    cut.push(text.slice(index, index + length));
    index += length;
  }
  return cut;
}

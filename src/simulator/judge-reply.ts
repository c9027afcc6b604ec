// What a simulated model says when it is asked to judge: JSON of the form that the question ends with. It likes an answer,
// or does not, by the answer's own words, so that it says the same whatever the order in which it is asked.

import { hash } from 'node:crypto';

const ASKS_FOR_JSON = /Reply with JSON only: (\{[^\n]*\})\s*$/;
/** Of sixteen looks so many lean to the order. */
const LEANS = 2;

/** Null for a question that asks for no judgement. */
export function judgeReply(prompt: string): string | null {
  const form = ASKS_FOR_JSON.exec(prompt)?.[1];
  if (form === undefined) return null;
  const reason = 'It says what was asked for.';
  const lean = Number.parseInt(hash('sha256', prompt).slice(0, 1), 16) < LEANS;
  if (form.includes('"verdict"')) {
    const [a, b] = [liking(part(prompt, 'answer-A')), liking(part(prompt, 'answer-B'))];
    return JSON.stringify({ reason, verdict: lean ? 'A' : a === b ? 'tie' : a > b ? 'A' : 'B' });
  }
  const liked = liking(part(prompt, 'answer'));
  if (form.includes('"grade"'))
    return JSON.stringify({ reason, grade: Math.min(5, 3 + (liked % 3) + Number(lean)) });
  if (form.includes('"best"')) {
    const names = [...prompt.matchAll(/^<answer-(\d+) /gm)].map(([, name]) => Number(name));
    const best = names.toSorted(
      (one, other) => liking(part(prompt, `answer-${other}`)) - liking(part(prompt, `answer-${one}`)),
    );
    return JSON.stringify({ reason, best: best[0] ?? 1 });
  }
  return JSON.stringify({ reason, pass: liked % 8 !== 0, score: liked % 8 === 0 ? 0.2 : 0.9 });
}

function part(prompt: string, name: string): string {
  return new RegExp(`<${name} \\w+>\\n([\\s\\S]*?)\\n</${name} `).exec(prompt)?.[1] ?? '';
}

/** 0 to 65,535. */
const liking = (answer: string): number => Number.parseInt(hash('sha256', answer).slice(0, 4), 16);

// What was asked and answered, as attributes of a span: only where the operator asked for it, and never before secrets
// and personal data are out. What cannot be redacted in time is left out, and said to be.

import { promptTurns } from '../../protocols/requests/prompt-turns.ts';
import { Numbering } from '../../redaction/numbering.ts';
import type { Redactor } from '../../redaction/redactor.ts';
import type { Attributes } from './attributes.ts';
import type { TracedRequest } from './traced-request.ts';

interface Part {
  readonly type: 'text';
  readonly content: string;
}

/** `key` is the process's own: the same value is the same stand-in within one request. */
export function contentAttributes(request: TracedRequest, redactor: Redactor, key: Buffer): Attributes {
  const { content, end } = request;
  if (content === null) return {};
  if (content === 'too large') return { 'tokenwatch.content.left_out': 'too large' };
  try {
    const standIns = new Numbering(key);
    // Redacted as the document that it is, where the names of fields tell as much as their values.
    const document = content.prompt === null ? null : redactor.redact(JSON.parse(content.prompt), standIns);
    const answer = content.answer === null ? null : redactor.redactText(content.answer, standIns);
    const turns = promptTurns(document);
    const system = turns.filter(({ role }) => role === 'system' || role === 'developer');
    const others = turns.filter((turn) => !system.includes(turn));
    return {
      ...(system.length > 0 && {
        'gen_ai.system_instructions': JSON.stringify(system.map(({ text }) => textPart(text))),
      }),
      ...(others.length > 0 && {
        'gen_ai.input.messages': JSON.stringify(
          others.map(({ role, text }) => ({ role, parts: [textPart(text)] })),
        ),
      }),
      ...(answer !== null && {
        'gen_ai.output.messages': JSON.stringify([
          { role: 'assistant', parts: [textPart(answer)], finish_reason: end.finishReason ?? '' },
        ]),
      }),
    };
  } catch {
    // What was not looked at to its end must not leave; the span says that something is missing.
    return { 'tokenwatch.content.left_out': 'not redacted' };
  }
}

const textPart = (content: string): Part => ({ type: 'text', content });

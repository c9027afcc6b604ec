// Assertions about an answer's text as a whole: how much of a reference it shares, and whether it is markup.

import { asArray, asObject } from '../../protocols/json/json-value.ts';
import { type Kind, quoted, textOf, textsOf, verdict } from './kind.ts';
import { holdsHtml, isHtml, xmlPaths, xmlPieces } from './markup.ts';
import { bleu, gleu, rougeOne } from './text-overlap.ts';

const overlap =
  (name: string, standard: number, score: (answer: string, references: readonly string[]) => number): Kind =>
  ({ content }, { value, threshold }) => {
    const found = score(content.text, textsOf(value));
    const least = threshold ?? standard;
    return verdict(found >= least, `${name} ${found.toFixed(3)} of ${least}`, found);
  };

export const bleuKind = overlap('BLEU', 0.5, bleu);
export const gleuKind = overlap('GLEU', 0.5, gleu);
export const rougeKind = overlap('ROUGE-1', 0.75, (answer, references) =>
  Math.max(0, ...references.map((reference) => rougeOne(answer, reference))),
);

export const isHtmlKind: Kind = ({ content }) => {
  const isPassed = isHtml(content.text);
  return verdict(isPassed, `the answer ${quoted(content.text)} is ${isPassed ? '' : 'not '}HTML alone`);
};

export const containsHtmlKind: Kind = ({ content }) => {
  const isPassed = holdsHtml(content.text);
  return verdict(isPassed, `the answer ${quoted(content.text)} ${isPassed ? 'holds' : 'holds no'} HTML`);
};

export const isXmlKind: Kind = ({ content }, { value }) => {
  const paths = xmlPaths(content.text);
  if (paths === null)
    return verdict(false, `the answer ${quoted(content.text)} is no well-formed XML document`);
  return withElements([paths], value);
};

export const containsXmlKind: Kind = ({ content }, { value }) => {
  const pieces = xmlPieces(content.text);
  if (pieces.length === 0) return verdict(false, `no XML is in the answer ${quoted(content.text)}`);
  return withElements(pieces, value);
};

/** `requiredElements` are paths such as `root.child`: one of the pieces must have them all. */
function withElements(pieces: readonly ReadonlySet<string>[], value: unknown) {
  const wanted = asArray(asObject(value)?.requiredElements).map(textOf);
  const missing = pieces.map((paths) => wanted.filter((path) => !paths.has(path)));
  const least = missing.toSorted((one, other) => one.length - other.length)[0] ?? [];
  return verdict(
    least.length === 0,
    least.length === 0 ? 'the XML is as wanted' : `the XML lacks ${least.map(quoted).join(', ')}`,
  );
}

/** How sure the model was of its own words, where the request asked for `logprobs`. */
function perplexityOf(document: unknown): number {
  const logprobs = asObject(asObject(asArray(asObject(document)?.choices)[0])?.logprobs);
  const values = asArray(logprobs?.content)
    .map((token) => asObject(token)?.logprob)
    .filter((value) => typeof value === 'number');
  if (values.length === 0) throw new Error('the answer has no logprobs');
  return Math.exp(-values.reduce((sum, value) => sum + value, 0) / values.length);
}

export const perplexity: Kind = ({ document }, { threshold }) => {
  const found = perplexityOf(document);
  const isPassed = threshold === null || found <= threshold;
  return verdict(isPassed, `perplexity ${found.toFixed(3)}${threshold === null ? '' : ` of ${threshold}`}`);
};

/** The same between 0 and 1, 1 the surest. */
export const perplexityScore: Kind = ({ document }, { threshold }) => {
  const score = 1 / (1 + perplexityOf(document));
  return verdict(
    score >= (threshold ?? 0),
    `perplexity score ${score.toFixed(3)} of ${threshold ?? 0}`,
    score,
  );
};

/** Whether a provider's own filter took something out, or refused. */
export const guardrails: Kind = ({ content, document }) => {
  const stopped = ['content_filter', 'guardrail_intervened', 'SAFETY'].find(
    (word) => word === content.finishReason,
  );
  const filtered = stopped ?? filterIn(document);
  return verdict(
    filtered === null,
    filtered === null
      ? 'no filter of the provider stopped it'
      : `the provider’s filter stopped it: ${filtered}`,
  );
};

/** Azure tells of each category what it did. */
function filterIn(document: unknown): string | null {
  const answer = asObject(document);
  const ofPrompt = asArray(answer?.prompt_filter_results).map(
    (result) => asObject(result)?.content_filter_results,
  );
  const ofAnswer = asArray(answer?.choices).map((choice) => asObject(choice)?.content_filter_results);
  for (const results of [...ofPrompt, ...ofAnswer])
    for (const [category, result] of Object.entries(asObject(results) ?? {}))
      if (asObject(result)?.filtered === true) return category;
  return asObject(answer?.error)?.code === 'content_filter' ? 'content_filter' : null;
}

/** How models decline in words. A guess: a provider that says so itself is believed first. */
const DECLINES =
  /^\W*(?:(?:i(?:’|')?m|i am)\s+(?:very\s+|so\s+|really\s+)?(?:sorry|afraid)|sorry\b|i\s+apologi[sz]e|(?:unfortunately,?\s+)?i\s+(?:can(?:no|’|')?t|cannot|can not|won(?:’|')t|will not|am unable|am not able|must decline|have to decline|do(?:n(?:’|')t| not) feel comfortable)|as an ai\b[^.]*\b(?:can(?:no|’|')?t|cannot|unable)|that(?:’|')?s not something i can)/i;

export const isRefusal: Kind = ({ content }) => {
  if (content.isRefusal) return verdict(true, 'the provider says that it declined');
  const isEmpty = content.text.trim() === '' && content.toolCalls.length === 0;
  if (isEmpty) return verdict(true, 'the answer is empty');
  const seems = DECLINES.test(content.text);
  return verdict(
    seems,
    seems
      ? `by its words the answer ${quoted(content.text)} declines: a guess`
      : 'neither the provider nor the answer’s words say that it declined',
  );
};

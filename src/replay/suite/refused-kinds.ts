// What promptfoo has and a suite here has not, with why: told by name before anything is sent, and never skipped.

const CODE = 'it runs code';
const TRACE =
  'it looks at the trace of an agent, and a suite asks single questions; tool-call-f1 looks at calls';
const CLASSIFIER = 'it sends answers to a classifier elsewhere';

const REFUSED: Readonly<Record<string, string>> = {
  javascript: CODE,
  python: CODE,
  ruby: CODE,
  webhook: 'it sends answers elsewhere',
  human: 'it waits for somebody',
  classifier: CLASSIFIER,
  moderation: CLASSIFIER,
  pi: CLASSIFIER,
  'is-sql':
    'it needs a parser for each database’s dialect; contains, regex and llm-rubric look at SQL as text',
  'contains-sql':
    'it needs a parser for each database’s dialect; contains, regex and llm-rubric look at SQL as text',
  meteor: 'it needs a dictionary of synonyms; bleu, gleu and rouge-n count words, similar compares meaning',
  'search-rubric': 'its judge searches the web; llm-rubric does not',
  'agent-rubric': 'its judge is an agent that runs code; llm-rubric is not',
  'conversation-relevance':
    'it grades several turns, and a suite asks single questions; answer-relevance does one',
  'skill-used': TRACE,
};

/** Null for what is not known at all. */
export function whyRefused(type: string): string | null {
  if (/^(?:trace-|trajectory:)/.test(type)) return TRACE;
  if (type.startsWith('promptfoo:redteam:'))
    return 'attacks are made up and graded by promptfoo’s own servers';
  return Object.hasOwn(REFUSED, type) ? (REFUSED[type] as string) : null;
}

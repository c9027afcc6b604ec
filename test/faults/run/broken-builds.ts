// Builds with one thing broken in each, to see that a fault run notices: a text of the source is replaced as it is
// loaded. Where the source has changed, so that the text is no longer in it, the server does not start.

export interface BrokenBuild {
  /** What a fault run says of it, by the word of its figures. */
  readonly breaks: string;
  readonly how: string;
  readonly file: string;
  readonly replaced: string;
  readonly by: string;
}

const SINK = 'src/storage/sqlite/record-sink.ts';
/** Some of the records, by their ids: all of them would not be a fault that is hard to see. */
const SOME = '/[02468]$/.test(line.start.id)';

/** The name of a process that lives longer than the server: the one that started it. */
const PARENT =
  "(stat => process.ppid + '-' + stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])(process.getBuiltinModule('node:fs').readFileSync('/proc/' + process.ppid + '/stat', 'utf8'))";

export const BROKEN_BUILDS: readonly BrokenBuild[] = [
  {
    breaks: 'altered',
    how: 'the first byte of every part of an answer is another one',
    file: 'src/proxy/answer/relay.ts',
    replaced: 'this.#filter === null ? chunk :',
    by: 'this.#filter === null ? Buffer.from(chunk).fill(32, 0, 1) :',
  },
  {
    breaks: 'lost',
    how: 'some records are taken from the spool and not written',
    file: SINK,
    replaced: '    if (line === null) return false;',
    by: `    if (line === null) return false; if (${SOME}) return true;`,
  },
  {
    breaks: 'doubled',
    how: 'some records are written under two ids',
    file: SINK,
    replaced: '    if (earlier !== undefined) this.#markDuplicate',
    by: "    if (/[02468]$/.test(start.id)) this.#upsert.run(nextChange(), owner, this.#rollups.keyId(key), ...storable({ ...row, id: start.id + 'x' }));\n    if (earlier !== undefined) this.#markDuplicate",
  },
  {
    breaks: 'unsettled',
    how: 'some ends are not written, and their process seems to run on',
    file: SINK,
    replaced: "if ('end' in line) this.#takeEnd(owner, line.start, line.end, nextChange, sums);",
    by: `if (${SOME}) { if (!('end' in line)) this.#insertStart.run(nextChange(), ${PARENT}, null, ...storable(requestRow(line.start, IN_FLIGHT))); }\n      else if ('end' in line) this.#takeEnd(owner, line.start, line.end, nextChange, sums);`,
  },
  {
    breaks: 'mischarged',
    how: 'every cost is a nano-dollar more than the bill',
    file: 'src/proxy/exchange.ts',
    replaced: ': cost.costNanoUsd,',
    by: ': cost.costNanoUsd === null ? null : cost.costNanoUsd + 1,',
  },
  {
    breaks: 'over budget',
    how: 'no budget is ever exceeded',
    file: 'src/ledger/matched-budgets.ts',
    replaced: '    if (amount <= leftOf(period)) continue;',
    by: '    if (amount >= 0) continue;',
  },
  {
    breaks: 'misled',
    how: "a cached answer is everybody's",
    file: 'src/cache/cache-key.ts',
    replaced: 'caller: audienceText(request.audience, credentials),',
    by: "caller: '',",
  },
  {
    breaks: 'disturbed',
    how: 'some requests are answered with a fault of its own',
    file: 'src/proxy/request-start.ts',
    replaced: '  const { caller } = call;',
    by: "  const { caller } = call; if (/[0-3]$/.test(call.id)) throw new Error('broken on purpose');",
  },
  {
    breaks: 'unlike explained',
    how: 'what is explained is not the model that is sent',
    file: 'src/proxy/explain/explainer.ts',
    replaced: '        final: call.model,',
    by: '        final: call.facts.model,',
  },
  {
    breaks: 'free',
    how: 'an unknown price is taken for nothing',
    file: 'src/proxy/listed-price.ts',
    replaced: '    return prices.cost(question);',
    by: '    const listed = prices.cost(question); return listed.costNanoUsd === null ? { ...listed, costNanoUsd: 0 } : listed;',
  },
  {
    breaks: 'hung or died',
    how: 'one request in sixteen ends the process',
    file: 'src/proxy/request-start.ts',
    replaced: '  const { caller } = call;',
    by: '  const { caller } = call; if (/0$/.test(call.id)) process.exit(3);',
  },
];

// The end of a record with what others chose freely no longer than a record may have it: an upstream's words (why it
// ended, its ids, a tier) may be of any length, and so may the list of its runs.

import type { RecordedRun, RequestEnd } from './record.ts';
import { storedModel, storedWord } from './stored-name.ts';

/** More are no answer of any provider, nor results of a batch: those of one kind and about one length are one. */
export const RUNS_MAX = 1000;

export function boundedEnd(end: RequestEnd): RequestEnd {
  if (isWithin(end)) return end;
  return {
    ...end,
    errorCode: storedWord(end.errorCode),
    upstreamRequestId: storedWord(end.upstreamRequestId),
    responseId: storedWord(end.responseId),
    modelUsed: storedModel(end.modelUsed),
    finishReason: storedWord(end.finishReason),
    serviceTier: storedWord(end.serviceTier),
    billingKey: storedWord(end.billingKey),
    attempts: end.attempts?.map((each) => ({ ...each, model: storedModel(each.model) })) ?? null,
    runs: end.runs === null || end.runs.length > RUNS_MAX ? null : end.runs.map(boundedRun),
  };
}

/** As nearly every one is: such an end need not be made anew. */
function isWithin(end: RequestEnd): boolean {
  const { attempts, runs, modelUsed } = end;
  if (attempts !== null || runs !== null || storedModel(modelUsed) !== modelUsed) return false;
  return WORDS.every((name) => storedWord(end[name]) === end[name]);
}

const WORDS = [
  'errorCode',
  'upstreamRequestId',
  'responseId',
  'finishReason',
  'serviceTier',
  'billingKey',
] as const;

function boundedRun(run: RecordedRun): RecordedRun {
  return {
    ...run,
    kind: storedWord(run.kind),
    model: storedModel(run.model),
    serviceTier: storedWord(run.serviceTier),
    speed: storedWord(run.speed),
    inferenceGeo: storedWord(run.inferenceGeo),
  };
}

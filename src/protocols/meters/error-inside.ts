// An error that a 200 holds in place of an answer, in the forms that servers and gateways give it. Members called
// `error` are read by each reader itself.

import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { asFigure, figureText } from './figure.ts';

/** What answers and their events consist of: beside any of these, a message or a code is no error. */
const OF_ANSWERS = [
  'candidates',
  'choices',
  'completion',
  'content',
  'data',
  'delta',
  'generation',
  'output',
  'response',
  'results',
  'text',
  'usage',
];

/**
 * The member `error`; null where it says nothing beside an answer, as of servers that send all of their members each
 * time.
 */
export function errorIn(document: JsonObject): unknown {
  const { error } = document;
  const told = asObject(error);
  if (told === null || Object.values(told).some(isSaid)) return error;
  return OF_ANSWERS.some((name) => isGiven(document[name])) ? null : error;
}

const isSaid = (value: unknown): boolean => isGiven(value) && value !== '' && value !== 0 && value !== false;

/** Its code, `error` where it has none; null for what is no error. */
export function errorInside(document: JsonObject): string | null {
  const listed = asArray(document.errors).map(asObject);
  if (listed.length > 0 && !isGiven(document.result)) return codeOf(listed[0] ?? {});
  const minimax = asObject(document.base_resp);
  if ((asFigure(minimax?.status_code) ?? 0) > 0) return codeOf({ code: minimax?.status_code });
  // Google's Apigee.
  const fault = asObject(document.fault);
  if (fault !== null) return asText(asObject(fault.detail)?.errorcode) ?? 'error';
  const volcano = asObject(asObject(document.ResponseMetadata)?.Error);
  const tencent = asObject(asObject(document.Response)?.Error);
  if (volcano !== null || tencent !== null) return codeOf({ code: (volcano ?? tencent)?.Code });
  if (OF_ANSWERS.some((name) => isGiven(document[name]) && !isBesideError(name, document))) return null;
  const code = codeOf(document);
  if (document.object === 'error' || document.success === false) return code;
  const said = [document.detail, document.message, document.msg, document.error_msg, document.errorMessage];
  const isWorded = said.some((text) => asText(text) !== null || asArray(text).length > 0);
  // What has an id was taken on, unless a code says otherwise.
  const isTaken = GOOD_CODE.test(code) || (code === 'error' && asText(document.id) !== null);
  return isWorded && !isTaken ? code : null;
}

/** What some put into `data` beside a status of an error tells more of the error. */
function isBesideError(name: string, { code, data }: JsonObject): boolean {
  const told = asObject(data);
  if (name !== 'data' || told === null || (asFigure(code) ?? 0) < 400) return false;
  return !OF_ANSWERS.some((part) => isGiven(told[part]));
}

const GOOD_CODE =
  /^(?:0|20\d|ok|success|succeeded|accepted|created|queued|pending|processing|in_progress|completed)$/i;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

function codeOf(document: JsonObject): string {
  const { code, error_code, errorCode, status_code, statusCode, status, type } = document;
  const codes = [code, error_code, errorCode, status_code, statusCode, status, type];
  const found = codes.map((one) => asText(one) ?? figureText(one)).find((one) => one !== null);
  return found ?? 'error';
}

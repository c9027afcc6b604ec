// Which headers carry a client's credentials, or name its account: they belong to one upstream and to no other.

const CREDENTIAL = /authorization|api-?key|token(?!watch)|secret|cookie|credential|password|signature/;
const ACCOUNT = new Set(['openai-organization', 'openai-project', 'x-goog-user-project']);

/** Rather too many than too few: a header that is left out costs an option, one that leaks costs a key. */
export function isCredentialHeader(lowerCaseName: string): boolean {
  return CREDENTIAL.test(lowerCaseName) || ACCOUNT.has(lowerCaseName);
}

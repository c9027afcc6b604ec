// JUnit's XML, as GitHub's reporters, GitLab and Jenkins read it.

export interface JUnitCase {
  readonly classname: string;
  readonly name: string;
  readonly seconds: number;
  /** What was asserted and did not hold. */
  readonly failures: readonly string[];
  /** Why it could not be tried; null where it was. */
  readonly error: string | null;
  readonly properties: Readonly<Record<string, string>>;
}

export function junit(name: string, cases: readonly JUnitCase[]): string {
  const failures = cases.filter((each) => each.error === null && each.failures.length > 0).length;
  const errors = cases.filter((each) => each.error !== null).length;
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0).toFixed(3);
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0" time="${seconds}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
<testsuite name="${escapeXml(name)}" ${counts}>
${cases.map(caseXml).join('\n')}
</testsuite>
</testsuites>
`;
}

function caseXml({ classname, name, seconds, failures, error, properties }: JUnitCase): string {
  const head = `<testcase classname="${escapeXml(classname)}" name="${escapeXml(name)}" time="${seconds.toFixed(3)}">`;
  const told = Object.entries(properties).map(
    ([key, value]) => `<property name="${escapeXml(key)}" value="${escapeXml(value)}"/>`,
  );
  const all = told.length === 0 ? [] : [`<properties>${told.join('')}</properties>`];
  if (error !== null) all.push(`<error message="${escapeXml(firstLine(error))}">${escapeXml(error)}</error>`);
  // One element a case: several are read as one by some, and as several tests by others.
  else if (failures.length > 0)
    all.push(
      `<failure type="assertion" message="${escapeXml(firstLine(failures[0] ?? ''))}">${escapeXml(failures.join('\n'))}</failure>`,
    );
  return `${head}${all.join('')}</testcase>`;
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 200);

/** Also without what XML 1.0 cannot hold. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

// A page to read the JSON API by: the OpenAPI document as HTML, without a script.

import type { OpenApiDocument, Operation } from '../openapi.ts';

type Json = Readonly<Record<string, unknown>>;

/** Beside the dashboard's own, whose colours and type it uses. */
export const API_PAGE_STYLE = `
body { margin: 0 auto; max-width: 58rem; padding: 1.5rem 1rem 4rem; background: var(--ground); color: var(--text);
  line-height: 1.5; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 0.5rem; } h2 { font-size: 1rem; margin: 2rem 0 0.5rem; }
a { color: var(--accent); } p { margin: 0.5rem 0; max-width: 44rem; }
details { border: 1px solid var(--line); border-radius: 10px; margin: 0.5rem 0; background: var(--surface); }
summary { padding: 0.625rem 0.75rem; cursor: pointer; border-radius: 8px; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
summary span { color: var(--quiet); }
summary b { display: inline-block; min-width: 4rem; font-size: 0.8125rem; }
details > div { padding: 0 0.75rem 0.75rem; }
code, pre { font: 0.8125rem/1.5 ui-monospace, monospace; }
pre { background: var(--sunken); border-radius: 6px; padding: 0.75rem; overflow-x: auto; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 0.25rem 1rem; margin: 0.5rem 0; }
dt { font: 0.8125rem/1.75 ui-monospace, monospace; } dd { margin: 0; } h3 { font-size: 0.875rem; margin: 0.75rem 0 0.25rem; }
@media (max-width: 36rem) { summary span { display: block; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin: 0 0 0.5rem; } }
`;

/** `styles`: their paths, the dashboard's own first. */
export function apiPage(document: OpenApiDocument, styles: readonly string[]): string {
  const { info, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? '');
  const sections = [...groups].map(
    ([group, members]) =>
      `<h2>${escaped(group)}</h2>${members.map(({ path, method, operation }) => entry(path, method, operation)).join('')}`,
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary><div>${block(schema)}</div></details>`,
  );
  const links = styles.map((path) => `<link rel="stylesheet" href="${escaped(path)}">`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>TokenWatch API</title><link rel="icon" href="/icon.svg">${links}</head>
<body><main><h1>TokenWatch API</h1><p>${escaped(info.description)}</p>
<p>Version ${escaped(info.version)} · <a href="/api/openapi.json">OpenAPI document</a> · <a href="/">Dashboard</a></p>
${sections.join('\n')}<h2>Shared shapes</h2>${schemas.join('\n')}</main></body></html>
`;
}

function entry(path: string, method: string, operation: Operation): string {
  const { summary, parameters = [], requestBody, responses } = operation;
  const parts = [
    parameters.length === 0 ? '' : `<h3>Parameters</h3><dl>${parameters.map(parameter).join('')}</dl>`,
    requestBody === undefined ? '' : `<h3>Body</h3>${block(schemaOf(requestBody))}`,
    `<h3>Answer</h3>${block(schemaOf((responses as Readonly<Record<string, Json>>)['200'] ?? {}))}`,
  ];
  return `<details id="${operation.operationId}"><summary><b>${method.toUpperCase()}</b> <code>/api/v1${escaped(path)}</code> <span>${escaped(summary)}</span></summary><div>${parts.join('')}</div></details>`;
}

function parameter({ name, schema, description, required }: Json): string {
  const about = [description, required === true ? 'needed' : null].filter((part) => typeof part === 'string');
  return `<dt>${escaped(String(name))}</dt><dd>${escaped(about.join('; '))} <code>${escaped(wordsOf((schema ?? {}) as Json))}</code></dd>`;
}

/** `integer, 1 to 500, 20 if left out`. */
function wordsOf(schema: Json): string {
  const { minimum, maximum, default: usual } = schema;
  const bounds =
    minimum !== undefined && maximum !== undefined
      ? `${minimum} to ${maximum}`
      : minimum !== undefined
        ? `at least ${minimum}`
        : maximum !== undefined
          ? `at most ${maximum}`
          : null;
  const otherwise = usual === undefined ? null : `${JSON.stringify(usual)} if left out`;
  return [outline(schema, 0), bounds, otherwise].filter((part) => part !== null).join(', ');
}

function schemaOf({ content }: Json): Json {
  const json = (content as Readonly<Record<string, { readonly schema?: Json }>> | undefined)?.[
    'application/json'
  ];
  return json?.schema ?? {};
}

const block = (schema: Json): string => `<pre><code>${escaped(outline(schema, 0))}</code></pre>`;

/** A schema as one reads an example: names, kinds, and what is meant. */
function outline(schema: Json, depth: number): string {
  if (typeof schema.$ref === 'string') return schema.$ref.split('/').at(-1) ?? '';
  const pad = '  '.repeat(depth + 1);
  if (schema.type === 'object' && schema.properties !== undefined) {
    const required = (schema.required ?? []) as readonly string[];
    const lines = Object.entries(schema.properties as Readonly<Record<string, Json>>).map(([name, part]) => {
      const about = typeof part.description === 'string' ? `  // ${part.description}` : '';
      return `${pad}${name}${required.includes(name) ? '' : '?'}: ${outline(part, depth + 1)}${about}`;
    });
    return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
  }
  if (schema.type === 'object')
    return `{ [name]: ${outline((schema.additionalProperties ?? {}) as Json, depth)} }`;
  if (schema.type === 'array') return `[${outline((schema.items ?? {}) as Json, depth)}]`;
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const several = (schema.anyOf ?? schema.oneOf) as readonly Json[] | undefined;
  if (several !== undefined) return several.map((each) => outline(each, depth)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  return Array.isArray(schema.type) ? schema.type.join(' | ') : String(schema.type ?? 'anything');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

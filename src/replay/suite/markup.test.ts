import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdsHtml, isHtml, xmlPaths, xmlPieces } from './markup.ts';

test('XML is one well-formed document, with its elements by their paths', () => {
  const good = [
    '<root><child>Content</child></root>',
    ' <?xml version="1.0"?>\n<!-- c --><a:r xmlns:a="x" b=\'1\'><c/><![CDATA[ < ]]>&amp;&#65;</a:r>\n',
    '<!DOCTYPE note SYSTEM "note.dtd"><note/>',
    '<größe/>',
  ];
  for (const text of good) assert.ok(xmlPaths(text) !== null, text);
  const bad = [
    '',
    'text',
    '<root><child>Content</child></root',
    '<a></b>',
    '<a><b></a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a/>x',
    '<a>&nbsp;</a>',
    '<a>1 < 2</a>',
    '<a b=1/>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    '<a/><?xml version="1.0"?>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a/>',
    '<1a/>',
  ];
  for (const text of bad) assert.equal(xmlPaths(text), null, text);
  assert.deepEqual([...(xmlPaths('<r><p><c/></p><p/></r>') ?? [])], ['r', 'r.p', 'r.p.c']);
});

test('XML is found in a text, the outermost pieces of it', () => {
  const paths = xmlPieces('Here: <root><child>x</child></root> and a < b, <a><a/></a>, <b>never ends');
  assert.deepEqual(
    paths.map((each) => [...each].join(' ')),
    ['root root.child', 'a a.a'],
  );
  assert.deepEqual(xmlPieces('1 < 2 > 0, </x>, <br>'), []);
});

test('HTML is elements and nothing beside them', () => {
  const good = [
    '<!DOCTYPE html><html><head><title>A < B</title></head><body><p>Hi<p>there</body></html>',
    '<div>Content</div>',
    '<h1>Title</h1>\n<p class=a hidden>Paragraph &nbsp; <br> <b>x</b></p>',
    '<img src="test.jpg" />',
    '<ul><li>a<li>b</ul>',
    '<script>if (a < b) x("</p>")</script>',
    '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>',
    '<my-part>x</my-part>',
  ];
  for (const text of good) assert.equal(isHtml(text), true, text);
  const bad = [
    '',
    'Just text',
    'Text before <div>HTML</div> text after',
    '<?xml version="1.0"?><root>x</root>',
    '<root>x</root>',
    '<div>Unclosed div',
    '<div><span></div></span>',
    '</div>',
    '<!-- only a comment -->',
    '<p>a</p> b <p>c</p>',
  ];
  for (const text of bad) assert.equal(isHtml(text), false, text);
});

test('HTML in a text shows by more than one sign', () => {
  assert.equal(holdsHtml('Sure: <div class="x">hello</div> - done'), true);
  assert.equal(holdsHtml('Use <b>bold</b> text'), true);
  assert.equal(holdsHtml('a < b and c > d, jane@corp.example <jane>'), false);
  assert.equal(holdsHtml('fish &amp; chips'), false);
  assert.equal(holdsHtml('List<String> xs = new ArrayList<>();'), false);
});

test('no text throws, and a long one comes to an end', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>/ab="\'!-[]?& ;'), maxLength: 60 }), (text) => {
      xmlPaths(text);
      xmlPieces(text);
      isHtml(text);
      holdsHtml(text);
    }),
    { numRuns: 300 },
  );
  for (const part of ['<a ', '<a>', '</a>', '<!--', '<a b="', '<![CDATA[', 'a="b" '])
    for (const check of [xmlPaths, xmlPieces, isHtml, holdsHtml]) check(part.repeat(5_000));
  assert.equal(xmlPaths(`${'<a>'.repeat(501)}${'</a>'.repeat(501)}`), null);
});

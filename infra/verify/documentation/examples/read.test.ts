import { describe, expect, it } from 'vitest';
import { completeDiff, readExample } from './read.ts';

const page = `# Page

### Add a colour

The colour itself, in [colours/green.ts](colours/green.ts):

\`\`\`ts
export const green = '#0f0';
### not a heading
\`\`\`

As [red](colours/red.ts) has one, its line is
in \`lib/colours/index.ts\`:

\`\`\`diff
@@
 import { red } from './red.ts';
+import { green } from './green.ts';

-export const all = [red];
+export const all = [red, green];
\`\`\`

Try it:

\`\`\`sh
npm test
\`\`\`

### Add a shape

\`\`\`ts
export const square = 4;
\`\`\`
`;

describe('a worked example', () => {
  it('is its new files and its diffs, up to the next heading, without commands', () => {
    const { edits } = readExample(page, 'Add a colour', 'lib');
    expect(edits.map(({ path }) => path)).toEqual(['lib/colours/green.ts', 'lib/colours/index.ts']);
    expect(edits[0]).toMatchObject({ content: "export const green = '#0f0';\n### not a heading\n" });
    expect(edits[1]).toMatchObject({ diff: expect.stringContaining('@@ -2,3 +2,4 @@\n import { red }') });
  });

  it.each([
    ['Add a sound', 'no heading "### Add a sound"'],
    ['Add a shape', 'names no file'],
  ])('that cannot be read is refused by name: %s', (heading, says) => {
    expect(() => readExample(page, heading, 'lib')).toThrow(says);
  });
});

describe('a diff', () => {
  it('has the line counts that its lines have, whatever its header says', () => {
    const diff = completeDiff('a.ts', '--- a/a.ts\n+++ b/a.ts\n@@ -7,1 +7,1 @@ function\n one\n-two\n+2\n+3\n');
    expect(diff).toBe('--- a/a.ts\n+++ b/a.ts\n@@ -7,2 +7,3 @@\n one\n-two\n+2\n+3\n');
  });

  it('without a hunk is refused', () => {
    expect(() => completeDiff('a.ts', '+one')).toThrow('a.ts has no line that begins with @@');
  });
});

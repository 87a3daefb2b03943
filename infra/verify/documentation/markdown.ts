/** What the checks of the documentation read from Markdown: links, anchors, samples of code. */

const FENCE = /^\s*```(\w*)/;
/** `[text](target)` and `![text](target)`; a title behind the target is none of these files'. */
const LINK = /(?:\[([^[\]]*))?\]\(([^)\s]+)\)/g;

export interface Link {
  /** Without the backticks of code. */
  text: string;
  target: string;
}

interface Block {
  language: string;
  code: string;
}

/** The text without code, and the blocks between fences. */
const split = (markdown: string): { prose: string[]; blocks: Block[] } => {
  const prose: string[] = [];
  const blocks: Block[] = [];
  let open: { language: string; lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    const [isFence, language = ''] = FENCE.exec(line) ?? [];
    if (isFence && open) {
      blocks.push({ language: open.language, code: open.lines.join('\n') });
      open = undefined;
    } else if (isFence) open = { language, lines: [] };
    else if (open) open.lines.push(line);
    else if (!line.startsWith('    '))
      prose.push(line.replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/[[\]()]/g, '')));
  }
  return { prose, blocks };
};

/** All links and pictures, as they are written. */
export const linksOf = (markdown: string): Link[] =>
  split(markdown).prose.flatMap((line) =>
    [...line.matchAll(LINK)].map(([, text = '', target = '']) => ({ text: text.replaceAll('`', ''), target })),
  );

/** The fenced code of one language, in order. */
export const samplesOf = (markdown: string, language: string): string[] =>
  split(markdown)
    .blocks.filter((block) => block.language === language)
    .map(({ code }) => code);

/** As GitHub makes an anchor of a heading. */
const slugOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
    .replaceAll(' ', '-');

/** The anchors of all headings; a repeated one is numbered. */
export const anchorsOf = (markdown: string): Set<string> => {
  const counts = new Map<string, number>();
  const anchors = split(markdown).prose.flatMap((line) => {
    const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
    if (heading === undefined) return [];
    const slug = slugOf(heading);
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    return [count === 0 ? slug : `${slug}-${count}`];
  });
  return new Set(anchors);
};

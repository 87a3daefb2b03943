/** The pictures that the READMEs show: what Chromium displays, as WebP in infra/pictures. */
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const FOLDER = join(import.meta.dirname, '..', 'pictures');
/** Lossy: a picture takes about half of its PNG. */
const QUALITY = 70;

export const savePicture = async (shown: Page | Locator, name: string): Promise<void> => {
  await shown.screenshot({ path: join(FOLDER, `${name}.webp`), type: 'webp', quality: QUALITY });
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const TERMINAL_STYLE = `
  body { margin: 0; display: inline-block; background: #10151c; color: #d6dde6; }
  pre { margin: 0; padding: 14px 18px; font: 13px/1.45 "DejaVu Sans Mono", monospace; }`;

/** @param colours of what matches each pattern, as CSS writes them */
export const saveTerminal = async (
  page: Page,
  name: string,
  { text, colours }: { text: string; colours: [pattern: RegExp, colour: string][] },
): Promise<void> => {
  const coloured = colours.reduce(
    (html, [pattern, colour]) => html.replaceAll(pattern, `<span style=color:${colour}>$&</span>`),
    escaped(text.trimEnd()),
  );
  await page.setContent(`<style>${TERMINAL_STYLE}</style><pre>${coloured}</pre>`);
  await savePicture(page.locator('body'), name);
};

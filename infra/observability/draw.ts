/** The dashboards as an operator sees them: the same queries, over the run that was just made, as pictures in infra/pictures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { type Dashboard, dashboard, dashboardNames, type Panel, queryOf, type Release } from './files.ts';
import { colourOf, type Line, shown, svgOf } from './plot.ts';
import { packed } from './png.ts';
import type { Prometheus, Series } from './prometheus.ts';

interface Range {
  release: Release;
  /** Epoch ms. */
  from: number;
  to: number;
}

const WIDTH = 1320;
const COLUMN = WIDTH / 24;
const ROW = 28;
const GAP = 8;
const LEGEND_HEIGHT = 52;
const TITLE_HEIGHT = 26;
const pictures = fileURLToPath(new URL('../pictures/', import.meta.url));

const STYLE = `
  body { margin: 0; background: #111217; color: #ccccdc; font: 12px/1.4 "DejaVu Sans", Arial, sans-serif; width: ${WIDTH}px; }
  h1 { font-size: 19px; font-weight: 500; margin: 0; padding: 14px 12px 10px; } h1 small { color: #8e8e9b; font-size: 12px; padding-left: 14px; }
  main { position: relative; } section, h2 { position: absolute; box-sizing: border-box; overflow: hidden; }
  h2 { margin: 0; padding: 7px 12px; font-size: 14px; font-weight: 500; }
  section { background: #181b1f; border: 1px solid #2a2d33; border-radius: 3px; }
  h3 { margin: 0; padding: 6px 10px 0; font-size: 13px; font-weight: 500; color: #d8d9da; height: ${TITLE_HEIGHT - 6}px; }
  svg text { fill: #8e8e9b; font-size: 11px; } svg .grid { stroke: #2a2d33; } polyline { fill: none; stroke-width: 1.6; }
  footer { padding: 0 10px; height: ${LEGEND_HEIGHT - 4}px; overflow: hidden; font-size: 11px; color: #9fa7b3; }
  footer span { display: inline-block; margin-right: 14px; white-space: nowrap; } footer i { display: inline-block; width: 12px; height: 3px; margin: 0 5px 3px 0; }
  b { display: block; text-align: center; font-size: 30px; font-weight: 500; padding-top: 14px; }`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const nameOf = (legend: string, { metric }: Series, fallback: string): string =>
  legend === '' ? fallback : legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');

const linesOf = async (panel: Panel, prometheus: Prometheus, { from, to, release }: Range): Promise<Line[]> => {
  const dashes = new Set(panel.fieldConfig?.overrides?.map(({ matcher }) => matcher.options));
  const lines: Line[] = [];
  for (const { expr, legendFormat } of panel.targets ?? [])
    for (const series of await prometheus.queryRange(queryOf(expr, release), { from, to, stepSeconds: 1 })) {
      const name = nameOf(legendFormat, series, panel.title);
      const points = (series.values ?? []).map(([at, value]): [number, number] => [at, Number(value)]);
      lines.push({ name, points, dashed: dashes.has(name) });
    }
  return lines;
};

const last = ({ points }: Line): number => points.at(-1)?.[1] ?? Number.NaN;

const colourFor = (panel: Panel, value: number): string => {
  const named: Record<string, string> = { green: '#73bf69', orange: '#ff9830', red: '#f2495c' };
  const reached = panel.fieldConfig?.defaults.thresholds.steps.filter((step) => value >= (step.value ?? -Infinity));
  return named[reached?.at(-1)?.color ?? ''] ?? '#73bf69';
};

const placed = (panel: Panel): string => {
  const { x, y, w, h } = panel.gridPos;
  return `left:${x * COLUMN + GAP / 2}px;top:${y * ROW}px;width:${w * COLUMN - GAP}px;height:${h * ROW - (panel.type === 'row' ? 0 : GAP)}px`;
};

const panelHtml = (panel: Panel, lines: Line[], { from, to }: Range): string => {
  const unit = panel.fieldConfig?.defaults.unit ?? 'short';
  const custom = panel.fieldConfig?.defaults.custom;
  const title = `<h3>${escaped(panel.title)}</h3>`;
  if (panel.type === 'stat') {
    const value = lines[0] ? last(lines[0]) : Number.NaN;
    return `<section style="${placed(panel)}">${title}<b style="color:${colourFor(panel, value)}">${shown(value, unit)}</b></section>`;
  }
  const svg = svgOf({
    ...{ lines, unit, from: from / 1000, to: to / 1000 },
    stacked: custom?.stacking?.mode === 'normal',
    log: custom?.scaleDistribution !== undefined,
    width: panel.gridPos.w * COLUMN - GAP - 2,
    height: panel.gridPos.h * ROW - GAP - TITLE_HEIGHT - LEGEND_HEIGHT,
  });
  const legend = lines.map(
    (line, index) =>
      `<span><i style="background:${colourOf(line, index)}"></i>${escaped(line.name)} ${shown(last(line), unit)}</span>`,
  );
  return `<section style="${placed(panel)}">${title}${svg}<footer>${legend.join('')}</footer></section>`;
};

/** What has no data (the functions, which only AWS has) is not drawn. */
const pageOf = async (board: Dashboard, prometheus: Prometheus, range: Range): Promise<string> => {
  const drawn: string[] = [];
  let height = 0;
  let row = '';
  for (const panel of board.panels) {
    if (panel.type === 'row') {
      row = `<h2 style="${placed(panel)}">⌄ ${escaped(panel.title)}</h2>`;
      continue;
    }
    const lines = await linesOf(panel, prometheus, range);
    if (lines.every(({ dashed }) => dashed)) continue;
    drawn.push(row, panelHtml(panel, lines, range));
    row = '';
    height = Math.max(height, (panel.gridPos.y + panel.gridPos.h) * ROW);
  }
  const span = `${new Date(range.from).toISOString().slice(0, 19).replace('T', ' ')} to ${new Date(range.to).toISOString().slice(11, 19)} UTC`;
  const head = `<h1>${escaped(board.title)}<small>${span}</small></h1>`;
  return `<style>${STYLE}</style>${head}<main style="height:${height + GAP}px">${drawn.join('')}</main>`;
};

const photograph = async (browser: Browser, html: string, name: string): Promise<void> => {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 400 } });
  await page.setContent(html);
  writeFileSync(`${pictures}${name}.png`, packed(await page.locator('body').screenshot()));
  await page.close();
};

const METRICS_LINES = 42;

/** The page `/metrics`, as far as a picture shows it: the service's own counters that have moved, and their help. */
const metricsPage = (text: string): string => {
  const lines = text.split('\n').filter((line) => /^(# HELP )?event_system_/.test(line));
  const moved = lines.filter((line, index) =>
    line.startsWith('#') ? !/ 0$|^#/.test(lines[index + 1] ?? '#') : !/ 0$|_(bucket|sum)\b/.test(line),
  );
  const shownLines = moved.slice(0, METRICS_LINES).map((line) => {
    const safe = escaped(line);
    return line.startsWith('#') ? `<i>${safe}</i>` : safe.replace(/ (\S+)$/, ' <u>$1</u>');
  });
  const style = `body{margin:0;background:#10151c;width:1000px}pre{margin:0;padding:16px 20px;font:13px/1.5 "DejaVu Sans Mono",monospace;color:#d6dde6}i{color:#7d8896;font-style:normal}u{color:#7ee787;text-decoration:none}`;
  return `<style>${style}</style><pre>$ curl localhost:9090/metrics\n${shownLines.join('\n')}\n…</pre>`;
};

/** @param metrics what `/metrics` answers */
export const drawPictures = async (prometheus: Prometheus, metrics: string, range: Range): Promise<void> => {
  mkdirSync(pictures, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-lcd-text'],
  });
  try {
    for (const name of dashboardNames)
      await photograph(browser, await pageOf(dashboard(name), prometheus, range), `dashboard-${name}`);
    await photograph(browser, metricsPage(metrics), 'metrics');
  } finally {
    await browser.close();
  }
};

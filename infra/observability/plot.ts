/** A panel's series as SVG, the way Grafana draws them. */

export interface Line {
  name: string;
  /** [epoch s, value]; NaN is a gap. */
  points: [number, number][];
  dashed: boolean;
}

export interface Plot {
  lines: Line[];
  unit: string;
  stacked: boolean;
  log: boolean;
  width: number;
  height: number;
  /** Epoch s. */
  from: number;
  to: number;
}

const COLOURS = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff9830',
  '#b877d9',
  '#5794f2',
  '#fade2a',
  '#ff7383',
  '#96d98d',
  '#ca95e5',
];
const DASHED = '#f2495c';
const MARGIN = { left: 62, right: 12, top: 8, bottom: 20 };
const TICKS = 4;

export const colourOf = ({ dashed }: Line, index: number): string =>
  dashed ? DASHED : (COLOURS[index % COLOURS.length] ?? '#fff');

const digits = (value: number): string => String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

const seconds = (value: number): string => {
  if (value === 0) return '0';
  if (value < 0.001) return `${digits(value * 1e6)} µs`;
  if (value < 1) return `${digits(value * 1e3)} ms`;
  return value < 120 ? `${digits(value)} s` : `${digits(value / 60)} min`;
};

export const shown = (value: number, unit: string): string => {
  if (!Number.isFinite(value)) return '–';
  if (unit === 's') return seconds(value);
  if (unit === 'percentunit') return `${digits(value * 100)} %`;
  if (unit === 'bytes') return `${digits(value / 2 ** 20)} MiB`;
  return unit === 'short' ? digits(value) : `${digits(value)}/s`;
};

/** The next of 1, 2, 2.5 and 5 times a power of ten. */
const niceStep = (range: number): number => {
  const power = 10 ** Math.floor(Math.log10(range));
  return power * ([1, 2, 2.5, 5, 10].find((step) => step * power >= range) ?? 10);
};

interface Scale {
  ticks: number[];
  y(value: number): number;
}

const linear = (max: number, height: number): Scale => {
  const step = niceStep((max > 0 ? max : 1) / TICKS);
  const count = Math.max(1, Math.ceil((max > 0 ? max : 1) / step));
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { ticks, y: (value) => height * (1 - value / (count * step)) };
};

const logarithmic = (values: number[], height: number): Scale => {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return { ticks, y: (value) => height * (1 - (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) };
};

type Band = { at: number; low: number; high: number }[];

/** Each line on top of those before it. */
const stack = (lines: Line[]): Band[] => {
  const below = new Map<number, number>();
  return lines.map(({ points }) =>
    points.map(([at, value]) => {
      const low = below.get(at) ?? 0;
      const high = low + (Number.isFinite(value) ? value : 0);
      below.set(at, high);
      return { at, low, high };
    }),
  );
};

const flat = (lines: Line[]): Band[] =>
  lines.map(({ points }) =>
    points.filter(([, value]) => Number.isFinite(value)).map(([at, value]) => ({ at, low: value, high: value })),
  );

const clockTime = (at: number): string => new Date(at * 1000).toISOString().slice(11, 19);

/** Ticks of bytes are round in MiB. */
const scaleOf = ({ log, unit }: Plot, values: number[], height: number): Scale => {
  if (log) return logarithmic(values, height);
  const factor = unit === 'bytes' ? 2 ** 20 : 1;
  const { ticks, y } = linear(Math.max(...values, 0) / factor, height);
  return { ticks: ticks.map((tick) => tick * factor), y: (value) => y(value / factor) };
};

export const svgOf = (plot: Plot): string => {
  const width = plot.width - MARGIN.left - MARGIN.right;
  const height = plot.height - MARGIN.top - MARGIN.bottom;
  const bands = plot.stacked ? stack(plot.lines) : flat(plot.lines);
  const { ticks, y } = scaleOf(
    plot,
    bands.flatMap((band) => band.map(({ high }) => high)),
    height,
  );
  const x = (at: number): number => (width * (at - plot.from)) / (plot.to - plot.from);
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="0" x2="${width}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/><text x="-8" y="${y(tick).toFixed(1)}" dy="4" text-anchor="end">${shown(tick, plot.unit)}</text>`,
  );
  const times = Array.from({ length: 4 }, (_, index) => plot.from + ((plot.to - plot.from) * (index + 0.5)) / 4).map(
    (at) => `<text x="${x(at).toFixed(1)}" y="${height + 16}" text-anchor="middle">${clockTime(at)}</text>`,
  );
  const drawn = plot.lines.map((line, index) => {
    const band = bands[index] ?? [];
    const top = band.map(({ at, high }) => `${x(at).toFixed(1)},${y(high).toFixed(1)}`).join(' ');
    const bottom = band.toReversed().map(({ at, low }) => `${x(at).toFixed(1)},${y(low).toFixed(1)}`);
    const colour = colourOf(line, index);
    const area = plot.stacked
      ? `<polygon points="${top} ${bottom.join(' ')}" fill="${colour}" fill-opacity="0.3"/>`
      : '';
    return `${area}<polyline points="${top}" stroke="${colour}"${line.dashed ? ' stroke-dasharray="6 5"' : ''}/>`;
  });
  const inside = [...grid, ...times, ...drawn].join('');
  return `<svg width="${plot.width}" height="${plot.height}"><g transform="translate(${MARGIN.left},${MARGIN.top})">${inside}</g></svg>`;
};

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

/** Each line on top of those before it. */
const stack = (lines: Line[]): Line[] => {
  const below = new Map<number, number>();
  return lines.map((line) => ({
    ...line,
    points: line.points.map(([at, value]) => {
      const top = (below.get(at) ?? 0) + (Number.isFinite(value) ? value : 0);
      below.set(at, top);
      return [at, top];
    }),
  }));
};

const clockTime = (at: number): string => new Date(at * 1000).toISOString().slice(11, 19);

export const svgOf = (plot: Plot): string => {
  const width = plot.width - MARGIN.left - MARGIN.right;
  const height = plot.height - MARGIN.top - MARGIN.bottom;
  const lines = plot.stacked ? stack(plot.lines) : plot.lines;
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const scale = plot.log ? logarithmic(values, height) : linear(Math.max(...values, 0), height);
  const x = (at: number): number => (width * (at - plot.from)) / (plot.to - plot.from);
  const grid = scale.ticks.map((tick) => {
    const y = scale.y(tick).toFixed(1);
    return `<line class="grid" x1="0" x2="${width}" y1="${y}" y2="${y}"/><text x="-8" y="${y}" dy="4" text-anchor="end">${shown(tick, plot.unit)}</text>`;
  });
  const times = Array.from({ length: 4 }, (_, index) => plot.from + ((plot.to - plot.from) * (index + 0.5)) / 4).map(
    (at) => `<text x="${x(at).toFixed(1)}" y="${height + 16}" text-anchor="middle">${clockTime(at)}</text>`,
  );
  const drawn = lines.map((line, index) => {
    const path = line.points.filter(([, value]) => Number.isFinite(value));
    const points = path.map(([at, value]) => `${x(at).toFixed(1)},${scale.y(value).toFixed(1)}`).join(' ');
    const colour = colourOf(line, index);
    const area = plot.stacked && path.length > 0 ? areaUnder(points, path, x, height, colour) : '';
    return `${area}<polyline points="${points}" stroke="${colour}"${line.dashed ? ' stroke-dasharray="6 5"' : ''}/>`;
  });
  // What is stacked last lies on top, so it is drawn first.
  const ordered = plot.stacked ? drawn.toReversed() : drawn;
  return `<svg width="${plot.width}" height="${plot.height}"><g transform="translate(${MARGIN.left},${MARGIN.top})">${[...grid, ...times, ...ordered].join('')}</g></svg>`;
};

const areaUnder = (
  points: string,
  path: [number, number][],
  x: (at: number) => number,
  height: number,
  colour: string,
): string => {
  const [first, last] = [path[0]?.[0] ?? 0, path.at(-1)?.[0] ?? 0];
  return `<polygon points="${x(first).toFixed(1)},${height} ${points} ${x(last).toFixed(1)},${height}" fill="${colour}" fill-opacity="0.25"/>`;
};

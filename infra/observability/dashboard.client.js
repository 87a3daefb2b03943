// Draws the panels of a dashboard by chart.js, in the page that its picture is taken of.
const COLOURS = ['#73bf69', '#f2cc0c', '#8ab8ff', '#ff9830', '#b877d9', '#5794f2', '#fade2a', '#ff7383', '#96d98d'];
const THRESHOLD_COLOUR = '#f2495c';
const TEXT_COLOUR = '#9fa7b3';
const GRID_COLOUR = '#2a2d33';
/** Three rows; Grafana scrolls, and a picture cuts off, what is longer. */
const LEGEND_HEIGHT = 55;

const digits = (value) => String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

const seconds = (value) => {
  if (value === 0) return '0';
  if (value < 0.001) return `${digits(value * 1e6)} µs`;
  if (value < 1) return `${digits(value * 1e3)} ms`;
  return value < 120 ? `${digits(value)} s` : `${digits(value / 60)} min`;
};

/** A value in one of the units that the dashboards use. */
const format = (value, unit) => {
  if (!Number.isFinite(value)) return '–';
  if (unit === 's') return seconds(value);
  if (unit === 'percentunit') return `${digits(value * 100)} %`;
  if (unit === 'MiB') return `${digits(value)} MiB`;
  return unit === 'short' ? digits(value) : `${digits(value)}/s`;
};

const timeOfDay = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);
const lastOf = ({ points }) => points.at(-1)?.y ?? Number.NaN;

const element = (parent, name, text = '') => {
  const child = parent.appendChild(document.createElement(name));
  child.textContent = text;
  return child;
};

const datasetOf = (line, index, { stacked, unit }) => {
  const colour = line.isThreshold ? THRESHOLD_COLOUR : COLOURS[index % COLOURS.length];
  return {
    label: `${line.name} ${format(lastOf(line), unit)}`,
    data: line.points,
    borderColor: colour,
    backgroundColor: `${colour}4d`,
    borderWidth: 1.6,
    borderDash: line.isThreshold ? [6, 5] : [],
    pointRadius: 0,
    fill: stacked && (index === 0 ? 'origin' : '-1'),
  };
};

const isPowerOfTen = (value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

const scalesOf = ({ log, stacked, unit, from, to }) => ({
  x: {
    type: 'linear',
    min: from,
    max: to,
    grid: { display: false },
    ticks: { color: TEXT_COLOUR, maxTicksLimit: 7, maxRotation: 0, includeBounds: false, callback: timeOfDay },
  },
  y: {
    type: log ? 'logarithmic' : 'linear',
    stacked,
    beginAtZero: true,
    grid: { color: GRID_COLOUR },
    ticks: {
      color: TEXT_COLOUR,
      maxTicksLimit: 6,
      callback: (value) => (log && !isPowerOfTen(value) ? null : format(value, unit)),
    },
  },
});

const drawChart = (parent, panel) => {
  const lastValueOf = ({ datasetIndex }) => lastOf(panel.lines[datasetIndex]) || 0;
  const sort = (a, b) => lastValueOf(b) - lastValueOf(a);
  const labels = { color: TEXT_COLOUR, boxWidth: 12, boxHeight: 0, padding: 6, font: { size: 11 }, sort };
  new Chart(element(element(parent, 'div'), 'canvas'), {
    type: 'line',
    data: { datasets: panel.lines.map((line, index) => datasetOf(line, index, panel)) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      parsing: false,
      spanGaps: true,
      scales: scalesOf(panel),
      plugins: { legend: { position: 'bottom', align: 'start', maxHeight: LEGEND_HEIGHT, labels } },
    },
  });
};

const drawPanel = (parent, panel) => {
  const { x, y, w, h } = panel.place;
  const box = element(parent, panel.type === 'row' ? 'h2' : 'section', panel.type === 'row' ? `⌄ ${panel.title}` : '');
  box.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`;
  if (panel.type === 'row') return;
  element(box, 'h3', panel.title);
  if (panel.type !== 'stat') return drawChart(box, panel);
  const value = panel.lines[0] ? lastOf(panel.lines[0]) : Number.NaN;
  const step = panel.thresholds.findLast(({ value: from }) => value >= (from ?? Number.NEGATIVE_INFINITY));
  element(box, 'b', format(value, panel.unit)).style.color =
    { orange: '#ff9830', red: '#f2495c' }[step?.color] ?? '#73bf69';
};

/** Called by draw.ts. */
globalThis.drawDashboard = ({ title, span, panels }) => {
  Chart.defaults.font.family = 'DejaVu Sans, Arial, sans-serif';
  const heading = document.querySelector('h1');
  heading.textContent = title;
  element(heading, 'small', span);
  for (const panel of panels) drawPanel(document.querySelector('main'), panel);
};

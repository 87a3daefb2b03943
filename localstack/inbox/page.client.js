// The inbox's script, sent inside the page. Everything delivered is written as text, never as markup.
const byId = (id) => document.getElementById(id);
const shownMax = 200;
const pollMs = 1000;
const names = { email: 'E-mail', sms: 'SMS', webhook: 'Webhook' };

let channel = '';
let etag = '';
let newest = null;
let clock = { skewMs: 0, offsetMs: 0 };

const plural = (count, unit) => `${count} ${unit}${count === 1 ? '' : 's'}`;

const readable = (ms) => {
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(size)} ms`;
  if (size < 60_000) return `${(size / 1000).toFixed(1)} s`;
  if (size < 3_600_000) return `${Math.round(size / 60_000)} min`;
  if (size < 172_800_000) return `${(size / 3_600_000).toFixed(1)} h`;
  return plural(Math.round(size / 86_400_000), 'day');
};

const lateness = (ms) => {
  if (ms === null) return { text: 'no due time', grade: '' };
  const grade = ms < 0 || ms > 60_000 ? 'bad' : ms > 1000 ? 'fair' : 'good';
  return { text: `${readable(ms)} ${ms < 0 ? 'early' : 'late'}`, grade };
};

const utc = (time) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const showClock = () => {
  const now = Date.now() + clock.skewMs;
  byId('now').textContent = utc(now);
  byId('now').dateTime = new Date(now).toISOString();
  byId('offset').textContent = clock.offsetMs > 0 ? `+ ${readable(clock.offsetMs)}` : '';
};

// Due a minute ahead by the virtual clock, and renewed before it is past; not on each poll, which would undo a selection.
let exampleDue = 0;
const showExample = (now) => {
  if (exampleDue > now + 15_000 && exampleDue < now + 75_000) return;
  exampleDue = now + 60_000;
  byId('example').textContent = `curl -X POST http://localhost:%api_port%/api/v1/notifications/ \\
  -H 'content-type: application/json' \\
  -d '{"notification_type":"user.signup","entity_id":"user-123",
       "send_at":"${new Date(exampleDue).toISOString()}","email":"user@example.com"}'`;
};

const setClock = ({ now, offset_ms }) => {
  clock = { skewMs: Date.parse(now) - Date.now(), offsetMs: offset_ms };
  showClock();
  showExample(Date.parse(now));
};

const say = (text, state) => {
  byId('status').textContent = text;
  byId('status').className = `status ${state}`;
};

const pretty = (body) => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};

const makeRow = (entry, isFresh) => {
  const row = byId('row').content.cloneNode(true);
  const part = (name) => row.querySelector(`.${name}`);
  const late = lateness(entry.lateness_ms);
  part('row').dataset.id = entry.id;
  if (isFresh) part('row').classList.add('fresh');
  part('channel').textContent = names[entry.channel];
  part('channel').classList.add(entry.channel);
  part('subject').textContent = entry.subject ?? entry.body.slice(0, 120);
  part('to').textContent = entry.to;
  part('lateness').textContent = late.text;
  if (late.grade) part('lateness').classList.add(late.grade);
  part('received').textContent = utc(entry.received_at);
  part('received').dateTime = entry.received_at;
  part('notification').textContent = entry.notification_id ?? 'none named';
  part('body').textContent = entry.channel === 'webhook' ? pretty(entry.body) : entry.body;
  return row;
};

/** Rows that stay keep their element, and with it whether they are open. */
const showRows = (entries) => {
  const rows = byId('rows');
  const wanted = new Set(entries.map((entry) => String(entry.id)));
  for (const row of [...rows.children]) if (!wanted.has(row.dataset.id)) row.remove();
  const present = new Set([...rows.children].map((row) => row.dataset.id));
  const fragment = document.createDocumentFragment();
  for (const entry of entries)
    if (!present.has(String(entry.id))) fragment.append(makeRow(entry, newest !== null && entry.id > newest));
  rows.prepend(fragment);
  newest = entries[0]?.id ?? newest ?? 0;
};

const showCounts = (counts) => {
  const total = counts.email + counts.sms + counts.webhook;
  byId('count-all').textContent = total;
  for (const name of Object.keys(names)) byId(`count-${name}`).textContent = counts[name];
  const matching = channel === '' ? total : counts[channel];
  byId('nothing').hidden = matching > 0;
  byId('empty').disabled = total === 0;
  byId('more').hidden = matching <= shownMax;
  byId('more').textContent = `The newest ${shownMax} of ${matching}. All of them: GET /_local/inbox, as JSON.`;
};

const refresh = async () => {
  const query = new URLSearchParams({ limit: shownMax, ...(channel && { channel }) });
  const headers = { accept: 'application/json', ...(etag && { 'if-none-match': etag }) };
  const [inbox, time] = await Promise.all([fetch(`/_local/inbox?${query}`, { headers }), fetch('/_local/clock')]);
  if (!((inbox.ok || inbox.status === 304) && time.ok)) throw new Error(`The stack answers ${inbox.status}`);
  setClock(await time.json());
  if (inbox.status === 304) return;
  etag = inbox.headers.get('etag');
  showRows(await inbox.json());
  showCounts(JSON.parse(inbox.headers.get('x-channel-counts')));
};

let refreshing = null;
const refreshNow = () => {
  refreshing ??= refresh()
    .then(
      () => say('live', 'live'),
      () => say('the stack does not answer', 'lost'),
    )
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
};

const advance = async (duration) => {
  const problem = byId('problem');
  problem.hidden = true;
  const answer = await fetch('/_local/clock', { method: 'POST', body: JSON.stringify({ advance: duration }) });
  const body = await answer.json();
  if (answer.ok) return setClock(body);
  problem.textContent = body.errors?.[0]?.detail ?? body.title;
  problem.hidden = false;
};

const choose = (next) => {
  channel = next;
  etag = '';
  newest = null;
  byId('rows').replaceChildren();
  for (const button of document.querySelectorAll('[data-channel]'))
    button.setAttribute('aria-pressed', String(button.dataset.channel === channel));
  refreshNow();
};

for (const button of document.querySelectorAll('[data-advance]'))
  button.addEventListener('click', () => advance(button.dataset.advance));
for (const button of document.querySelectorAll('[data-channel]'))
  button.addEventListener('click', () => choose(button.dataset.channel));
byId('advance').addEventListener('submit', (event) => {
  event.preventDefault();
  advance(byId('duration').value.trim());
});
byId('empty').addEventListener('click', async () => {
  await fetch('/_local/inbox', { method: 'DELETE' });
  refreshNow();
});

const loop = async () => {
  if (!document.hidden) await refreshNow();
  setTimeout(loop, pollMs);
};
loop();
setInterval(showClock, 250);
document.addEventListener('visibilitychange', () => !document.hidden && refreshNow());

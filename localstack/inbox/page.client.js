// The inbox's script, sent inside the page. What was delivered is written as text, never as markup.
const byId = (id) => document.getElementById(id);
const SHOWN_MAX = 200;
const POLL_MS = 1000;
/** During an advance more is delivered. */
const PASSING_POLL_MS = 250;
const names = { email: 'E-mail', sms: 'SMS', webhook: 'Webhook' };

let channel = '';
let search = '';
let etag = '';
let newest = null;
let clock = { skewMs: 0, offsetMs: 0, passing: false };

const plural = (count, unit) => `${count} ${unit}${count === 1 ? '' : 's'}`;

const readable = (ms) => {
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(size)} ms`;
  if (size < 60_000) return `${(size / 1000).toFixed(1)} s`;
  if (size < 3_600_000) return `${Math.round(size / 60_000)} min`;
  if (size < 172_800_000) return `${(size / 3_600_000).toFixed(1)} h`;
  return plural(Math.round(size / 86_400_000), 'day');
};

const lateness = ({ lateness_ms: ms, earlier }) => {
  if (ms !== null && earlier > 0) return { text: `again, ${readable(ms)} after due`, grade: '' };
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

// Due a minute ahead by the virtual clock; not renewed at each poll, which would undo a selection.
let exampleDue = 0;
const showExample = (now) => {
  if (exampleDue > now + 15_000 && exampleDue < now + 75_000) return;
  exampleDue = now + 60_000;
  byId('example').textContent = `curl -X POST http://localhost:%api_port%/api/v1/notifications/ \\
  -H 'content-type: application/json' \\
  -d '{"notification_type":"user.signup","entity_id":"user-123",
       "send_at":"${new Date(exampleDue).toISOString()}","email":"user@example.com"}'`;
};

const setClock = ({ now, offset_ms, passing_to }) => {
  clock = { skewMs: Date.parse(now) - Date.now(), offsetMs: offset_ms, passing: passing_to !== undefined };
  byId('passing').hidden = !clock.passing;
  if (clock.passing) byId('passing').textContent = `passing, up to ${utc(passing_to)}`;
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

const makeElement = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
const makePair = ([name, value]) => [makeElement('dt', name), makeElement('dd', value)];

const press = (buttons, isPressed) => {
  for (const button of buttons) button.setAttribute('aria-pressed', String(isPressed(button)));
};

/** The views of an entry: the name of each, and a function that shows it. */
const viewsOf = (entry, part) => {
  const text = (content) => () => {
    part('body').textContent = content;
    part('body').hidden = false;
  };
  const frame = () => {
    part('html').src = `/_local/inbox/${entry.id}/html`;
    part('html').hidden = false;
  };
  const headers = () => {
    part('headers').replaceChildren(...entry.headers.flatMap(makePair));
    part('headers').hidden = false;
  };
  const json = entry.channel === 'webhook' && pretty(entry.body);
  return [
    json && json !== entry.body && ['JSON', text(json)],
    entry.body !== entry.html && [json ? 'As sent' : 'Text', text(entry.body)],
    entry.html !== null && ['HTML', frame],
    entry.html !== null && ['HTML source', text(entry.html)],
    entry.headers !== null && [json ? 'Headers and signature' : 'Headers', headers],
  ].filter(Boolean);
};

const addViews = (entry, part) => {
  const views = viewsOf(entry, part);
  const buttons = views.map(([name, show]) => {
    const button = makeElement('button', name);
    button.type = 'button';
    button.addEventListener('click', () => {
      for (const view of ['body', 'headers', 'html']) part(view).hidden = true;
      press(buttons, (other) => other === button);
      show();
    });
    return button;
  });
  part('views').append(...buttons);
  part('views').hidden = views.length < 2;
  // The frame is loaded when the row is opened, not with the list.
  const first = () => buttons[0].click();
  if (views[0][0] === 'HTML') part('row').querySelector('details').addEventListener('toggle', first, { once: true });
  else first();
};

const makeRow = (entry, isFresh) => {
  const row = byId('row').content.cloneNode(true);
  const item = row.querySelector('.row');
  const part = (name) => (name === 'row' ? item : item.querySelector(`.${name}`));
  const late = lateness(entry);
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
  addViews(entry, part);
  return row;
};

/** A row that stays keeps its element, and whether it is open. */
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
  byId('nothing').hidden = matching > 0 || search !== '';
  byId('unmatched').hidden = matching > 0 || search === '';
  byId('empty').disabled = total === 0 && search === '';
  byId('more').hidden = matching <= SHOWN_MAX;
  byId('more').textContent = `The newest ${SHOWN_MAX} of ${matching}. All of them: GET /_local/inbox, as JSON.`;
};

/** `in 3 days`; by the virtual clock, as the due time is. */
const fromNow = (dueMs) => {
  const ms = dueMs - (Date.now() + clock.skewMs);
  return ms > 0 ? `in ${readable(ms)}` : `due ${readable(ms)} ago`;
};

const ENCRYPTED = 'encrypted';
const recipientsOf = ({ channels }) =>
  channels?.map((one) => `${names[one.channel]} ${one.to ?? ENCRYPTED}`).join(', ') ?? `recipient ${ENCRYPTED}`;

const showTimeLeft = (row, { due_at }) => {
  const [part, text] = [row.querySelector('.in'), fromNow(Date.parse(due_at))];
  if (part.textContent !== text) part.textContent = text;
};

const makePendingRow = (entry) => {
  const row = byId('pending-row').content.cloneNode(true);
  const part = (name) => row.querySelector(`.${name}`);
  part('state').textContent = entry.status.toLowerCase();
  part('subject').textContent = entry.subject ?? entry.notification_type;
  part('to').textContent = `${recipientsOf(entry)} · ${entry.id}`;
  part('due').textContent = utc(entry.due_at);
  part('due').dateTime = entry.due_at;
  showTimeLeft(row, entry);
  return row;
};

const isShown = (entry) =>
  (channel === '' || (entry.channels?.some((one) => one.channel === channel) ?? true)) &&
  [entry.id, entry.subject ?? '', entry.notification_type, recipientsOf(entry)].some((text) =>
    text.toLowerCase().includes(search.toLowerCase()),
  );

let shownPending = '[]';
/** Rows are replaced only when one has changed, which would undo a selection. */
const showPending = (entries) => {
  const shown = entries.filter(isShown);
  const rows = byId('pending-rows');
  const current = JSON.stringify(shown);
  if (current !== shownPending) rows.replaceChildren(...shown.map(makePendingRow));
  else for (const [index, row] of [...rows.children].entries()) showTimeLeft(row, shown[index]);
  shownPending = current;
  byId('pending').hidden = shown.length === 0;
  byId('pending-count').textContent = shown.length;
};

/** Without an answer the list of what is pending is empty until the next refresh. */
const refreshPending = async () => {
  const answer = await fetch('/_local/pending').catch(() => undefined);
  showPending(answer?.ok ? await answer.json() : []);
};

const refresh = async () => {
  const query = new URLSearchParams({ limit: SHOWN_MAX, ...(channel && { channel }), ...(search && { search }) });
  const headers = { accept: 'application/json', ...(etag && { 'if-none-match': etag }) };
  const [inbox, time] = await Promise.all([fetch(`/_local/inbox?${query}`, { headers }), fetch('/_local/clock')]);
  if (!((inbox.ok || inbox.status === 304) && time.ok)) throw new Error(`The stack answers ${inbox.status}`);
  setClock(await time.json());
  if (inbox.status !== 304) {
    etag = inbox.headers.get('etag');
    showRows(await inbox.json());
    showCounts(JSON.parse(inbox.headers.get('x-channel-counts')));
  }
  await refreshPending();
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
  if (answer.ok) return refreshNow();
  problem.textContent = body.errors?.[0]?.detail ?? body.title;
  problem.hidden = false;
};

/** Shows another list: all rows are replaced, without the highlight of new ones. */
const relist = async () => {
  await refreshing; // a refresh of the former list
  etag = '';
  newest = null;
  byId('rows').replaceChildren();
  await refreshNow();
};

const choose = (next) => {
  channel = next;
  press(document.querySelectorAll('[data-channel]'), (button) => button.dataset.channel === channel);
  relist();
};

for (const button of document.querySelectorAll('[data-advance]'))
  button.addEventListener('click', () => advance(button.dataset.advance));
for (const button of document.querySelectorAll('[data-channel]'))
  button.addEventListener('click', () => choose(button.dataset.channel));
byId('advance').addEventListener('submit', (event) => {
  event.preventDefault();
  advance(byId('duration').value.trim());
});
byId('search').addEventListener('input', () => {
  search = byId('search').value.trim();
  relist();
});
byId('empty').addEventListener('click', async () => {
  await fetch('/_local/inbox', { method: 'DELETE' });
  refreshNow();
});

const loop = async () => {
  if (!document.hidden) await refreshNow();
  setTimeout(loop, clock.passing ? PASSING_POLL_MS : POLL_MS);
};
loop();
setInterval(showClock, 250);
document.addEventListener('visibilitychange', () => !document.hidden && refreshNow());

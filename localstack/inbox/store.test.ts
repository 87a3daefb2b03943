import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { systemClock } from '../../lib/platform/clock.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { openInbox } from './store.ts';

it('opens an inbox of a release without HTML and headers, and stores both from then on', () => {
  const directory = temporaryDirectory();
  const old = new DatabaseSync(join(directory.path, 'inbox.db'));
  old.exec(`CREATE TABLE inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, recipient TEXT NOT NULL,
    subject TEXT, body TEXT NOT NULL, notification_id TEXT, received_at REAL NOT NULL, lateness_ms REAL)`);
  old.exec("INSERT INTO inbox (channel, recipient, body, received_at) VALUES ('sms', '+49151', 'old', 1000)");
  old.close();
  for (const round of [1, 2]) {
    const inbox = openInbox(directory.path, systemClock);
    inbox.add({
      ...{ channel: 'email', to: 'a@b.co', subject: 'S', body: 'T', html: `<p>${round}</p>` },
      headers: [['From', 'c@d.co']],
      notificationId: undefined,
      due: undefined,
    });
    const [newest, ...others] = inbox.list({ limit: 10 });
    expect(newest).toMatchObject({ html: `<p>${round}</p>`, headers: [['From', 'c@d.co']] });
    expect(others.at(-1)).toMatchObject({ body: 'old', html: null, headers: null });
    inbox.close();
  }
  directory.remove();
});

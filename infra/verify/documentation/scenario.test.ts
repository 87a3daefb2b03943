/** The scenario of the first README, run as it is written but for the ports. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { useTestStack } from '../kit/vitest.ts';
import { commandsAfter, runCommands } from '../platforms/documented.ts';

const stack = useTestStack();
const hasCurl = spawnSync('curl', ['--version']).status === 0;

const written = commandsAfter('README.md', 'Two reminders for a date two weeks from now.');
const atThisStack = (): string =>
  written
    .replace('http://localhost:3000', stack.processes.apiUrl)
    .replace('http://localhost:4566', stack.processes.awsUrl);

const only = async (entity: string): Promise<NotificationView> => {
  const { body } = await stack.api<NotificationView[]>('GET', `/api/v1/notifications/?entity_id=${entity}`);
  expect(body).toHaveLength(1);
  return body[0] as NotificationView;
};

describe('the scenario of the first README', () => {
  it('has ten lines', () => {
    expect(written.split('\n')).toHaveLength(10);
  });

  it.runIf(hasCurl)(
    'moves one reminder, cancels the other, and twelve days later has sent the first alone',
    async () => {
      const printed = await runCommands(atThisStack());
      const [ann, bob] = [await only('ann'), await only('bob')];
      expect(ann).toMatchObject({
        status: 'SENT',
        lead_time_days: 3,
        channels: { email: { state: 'sent', attempts: 1 } },
      });
      expect(bob).toMatchObject({ status: 'CANCELED', attempts: [] });
      const inbox = JSON.parse(printed.slice(printed.lastIndexOf('[{"id"'))) as {
        to: string;
        notification_id: string;
      }[];
      expect(inbox).toMatchObject([{ to: 'ann@example.com', notification_id: ann.id }]);
      const late = await stack.api<{ code: string }>('DELETE', `/api/v1/notifications/${ann.id}`);
      expect([late.status, late.body.code]).toEqual([409, 'already-attempted']);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { freePort } from '../../../localstack/testing/stack.ts';
import { runDemo } from '../../examples/demo.ts';
import { useTestStack } from '../kit/vitest.ts';
import { issue } from './auth-callers.ts';

const stack = useTestStack({ env: { AUTH_MODE: 'api-key' } });

const demo = async (env: NodeJS.ProcessEnv = {}) => {
  const [out, err]: [string[], string[]] = [[], []];
  const where = { PORT: new URL(stack.processes.apiUrl).port, LOCAL_AWS_PORT: new URL(stack.processes.awsUrl).port };
  const code = await runDemo(
    { ...where, ...env },
    (text) => out.push(text),
    (text) => err.push(text),
  );
  return { code, out: out.join(''), err: err.join('') };
};
const keyFor = async (...scopes: ('events:write' | 'notifications:write' | 'notifications:read')[]) =>
  (await issue(stack, 'default', { scopes })).token;

describe('npm run demo, against a closed stack', () => {
  it('shows a mail of an event, a cancel that is in time and one that is not, and a week that passes', async () => {
    const API_KEY = await keyFor('events:write', 'notifications:write', 'notifications:read');
    const { code, out, err } = await demo({ API_KEY });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/in the inbox {2}"Welcome, Ann" to ann\.\w+@example\.com/);
    for (const channel of ['email', 'sms', 'webhook']) expect(out).toMatch(new RegExp(`${channel} +sent `));
    expect(out).toMatch(/DELETE \S+ {2}409 {2}already-attempted/);
    expect(out).toMatch(/DELETE \S+ {2}200 {2}CANCELED/);
    expect(out).toMatch(/"P7D".*SENT.*in the inbox {2}at 20/s);
    expect(out).toContain(`http://localhost:${new URL(stack.processes.awsUrl).port}/_local/inbox`);
  });

  it('says how to make a key when it has none, one that is not taken, or one that may not', async () => {
    const command = 'export API_KEY=$(npm run -s keys -- create --scopes ';
    const none = await demo();
    expect([none.code, none.out, none.err]).toEqual([1, '', expect.stringContaining('it wants a key')]);
    expect(none.err).toContain(command);
    const wrong = await demo({ API_KEY: 'ens_wrong' });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('does not take the key in API_KEY')]);
    const narrow = await demo({ API_KEY: await keyFor('notifications:read', 'notifications:write') });
    expect([narrow.code, narrow.err]).toEqual([1, expect.stringMatching(/API_KEY may not do this: .*events:write/)]);
    expect(narrow.err).toContain(command);
  });

  it('says how to start a stack where none runs', async () => {
    const { code, out, err } = await demo({ LOCAL_AWS_PORT: String(await freePort()) });
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('Start the stack with "npm start"')]);
  });
});

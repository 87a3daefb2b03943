import { openRoute } from '../../lib/http/pipeline.ts';

export const handler = openRoute({ query: 'ignored' }, () => ({
  body: { message: 'Welcome to the Event Notification Service API', docs: '/docs' },
}));

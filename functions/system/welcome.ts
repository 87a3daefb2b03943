import { openRoute } from '../../lib/http.ts';

export const handler = openRoute({ query: 'ignored' }, () => ({
  body: { message: 'Welcome to the Event Notification Service API', docs: '/docs' },
}));

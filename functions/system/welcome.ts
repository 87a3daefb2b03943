import { route } from '../../lib/http.ts';

export const handler = route({ query: 'ignored' }, () => ({
  body: { message: 'Welcome to the Event Notification Service API', docs: '/docs' },
}));

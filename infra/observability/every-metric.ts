/**
 * Writes every metric once, as a Lambda would: what a short run of the real functions does not
 * bring about. A child of the check.
 */
import { flushMetrics, metrics } from '../../lib/telemetry/index.ts';

metrics.httpRequest({ route: '/api/v1/events', method: 'POST', status: 201 }, 0.02);
metrics.httpRequest({ route: '/api/v1/events', method: 'POST', status: 503 }, 0.02);
metrics.eventPublished({ type: 'user.signup' });
metrics.eventProcessed({ outcome: 'processed' });
metrics.eventProcessed({ outcome: 'rejected' });
metrics.notificationCreated({ type: 'custom' });
metrics.notificationScheduled();
metrics.notificationSent();
metrics.notificationFailed({ reason: 'http_500' });
metrics.notificationCanceled();
metrics.attempt({ channel: 'email', outcome: 'sent' }, 0.3);
metrics.attempt({ channel: 'webhook', outcome: 'failed' }, 2);
for (const seconds of [0.012, 0.02, 0.4]) metrics.lateness(seconds);
metrics.timerStale();
metrics.handOffFailed({ step: 'arm' });
metrics.reconcilePassed();
metrics.reconciled({ kind: 'lease' });
metrics.deadLetter({ kind: 'delivery' });
metrics.deadLetter({ kind: 'message' });
metrics.deliveryDeferred({ reason: 'circuit_open' });
metrics.endpointDisabled({ reason: 'gone' });
metrics.rateShareFailed();
flushMetrics();

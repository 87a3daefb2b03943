/** The verbs of the API: order the erasure of a person's data, and ask how far it is. */

import type { AddressOptions } from '../channels/declaration.ts';
import { type FieldError, ServiceError } from '../errors.ts';
import { makeBestEffort } from '../notifications/hand-off.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { WorkQueues } from '../store/work-queues.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { begun, type Erasure, type ErasureJob, personErrors, personOf } from './erasure-job.ts';

/**
 * Indexes trail the items, normally by well under a second: what was accepted before the order must
 * be in them.
 */
const FIRST_DELAY_SECONDS = 5;

export interface ErasureServicePorts {
  erasures: ItemStore<ErasureJob>;
  queues: Pick<WorkQueues, 'erase'>;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
  recipients: AddressOptions;
}

export const makeErasureService = (ports: ErasureServicePorts) => {
  const { erasures, random } = ports;
  const bestEffort = makeBestEffort(ports);

  return {
    /** The rules beyond the schema that a body breaks. */
    problems: (body: Record<string, unknown>): FieldError[] => personErrors(body, ports.recipients),

    /**
     * Stores the job, then enqueues it best effort. Ordered twice it runs twice, and the second one
     * finds nothing.
     */
    order: async ({ input, tenant }: { input: Erasure; tenant: string }): Promise<ErasureJob> => {
      const person = personOf(input, ports.recipients);
      const on = { now: ports.clock.now(), writeId: random.token() };
      const job = begun({ id: random.id('era_'), tenant, ...person }, on);
      const { written } = await erasures.create(job);
      if (!written) throw new ServiceError('unavailable', 'The job could not be stored; try again');
      await bestEffort('erase', job.id, ports.queues.erase(job, FIRST_DELAY_SECONDS));
      return job;
    },

    job: async ({ id, tenant }: { id: string; tenant: string }): Promise<ErasureJob> => {
      const job = await erasures.get(id);
      if (job?.tenant !== tenant) throw new ServiceError('not-found', `There is no erasure ${id}`);
      return job;
    },
  };
};

/** The verbs of the API: order the erasure of a person's data, and ask how far it is. */

import type { AddressOptions } from '../channels/declaration.ts';
import { type FieldError, ServiceError } from '../errors.ts';
import type { JobOrders } from '../jobs/service.ts';
import type { Random } from '../platform/random.ts';
import { drafted, type Erasure, type ErasureJob, erasureKind, personErrors, personOf } from './erasure-job.ts';

export interface ErasureServicePorts {
  jobs: JobOrders;
  random: Random;
  recipients: AddressOptions;
}

export const makeErasureService = (ports: ErasureServicePorts) => {
  const { jobs, random } = ports;

  return {
    /** The rules beyond the schema that a body breaks. */
    problems: (body: Record<string, unknown>): FieldError[] => personErrors(body, ports.recipients),

    /** Ordered twice it runs twice, and the second one finds nothing. Throws `limit-reached`. */
    order: async ({ input, tenant }: { input: Erasure; tenant: string }): Promise<ErasureJob> => {
      const person = personOf(input, ports.recipients);
      const draft = drafted({ id: random.id(erasureKind.prefix), tenant, ...person });
      const result = await jobs.order<ErasureJob>(draft);
      if (!result.written) throw new ServiceError('unavailable', 'The job could not be stored; try again');
      return result.item;
    },

    job: async (address: { id: string; tenant: string }): Promise<ErasureJob> => {
      const job = await jobs.findOf(erasureKind, address);
      if (!job) throw new ServiceError('not-found', `There is no erasure ${address.id}`);
      return job;
    },
  };
};

import { withLogFields } from '../../telemetry/index.ts';
import { requestIdOf } from '../request.ts';
import type { Call } from '../types.ts';

/** Every log line of a request has its id. */
export const logContext =
  <T>(run: Call<T>): Call<T> =>
  (event, context) =>
    withLogFields({ request_id: requestIdOf(event, context) }, () => run(event, context));

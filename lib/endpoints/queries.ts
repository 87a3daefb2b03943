import * as z from 'zod';
import { pagingQuery } from '../schema/paging.ts';

export const endpointsQuery = z.object(pagingQuery);

import * as z from 'zod';
import { pagingQuery } from '../schema/paging.ts';

export const schedulesQuery = z.object(pagingQuery);

/** The fences and results of bulk commands: found by their ids alone, so they are in no index. */
import { type ResultPage, resultPageFields } from '../../bulk/results.ts';
import { type Fences, fencesFields } from '../../fences/fence.ts';
import { mappingOf } from './mapping.ts';

const unlisted = { toKeys: () => ({}), fromKeys: () => ({}) };

export const fencesMapping = mappingOf<typeof fencesFields, Fences>(fencesFields, unlisted);
export const resultPageMapping = mappingOf<typeof resultPageFields, ResultPage>(resultPageFields, unlisted);

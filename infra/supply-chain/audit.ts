/** Known holes in what the functions are made of. */
import { run } from './run.ts';

/** npm's words when the registry cannot be asked for advisories. */
const UNASKED = 'audit endpoint returned an error';

/**
 * High and critical ones are problems. A registry without the advisories endpoint says nothing
 * about the packages: that is reported (`note`), and is no verdict.
 */
export const judgeAudit = ({ ok, output }: { ok: boolean; output: string }): { problems: string[]; note?: string } => {
  if (ok) return { problems: [] };
  return output.includes(UNASKED) ? { problems: [], note: `nothing was learnt: ${UNASKED}` } : { problems: [output] };
};

export const audit = (folder: string) =>
  judgeAudit(run('npm', ['audit', '--omit=dev', '--audit-level=high', '--loglevel=warn'], folder));

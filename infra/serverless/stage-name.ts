const LAMBDA_NAME_MAX = 64;
const STAGE = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** The problem with a stage's name, which is part of every resource's name; undefined if there is none. */
export const stageProblem = (stage: string, service: string, functionNames: string[]): string | undefined => {
  const longest = Math.max(...functionNames.map(({ length }) => length), 0);
  const max = LAMBDA_NAME_MAX - service.length - longest - 2;
  if (!STAGE.test(stage)) return `--stage must match ${STAGE.source}, not "${stage}"`;
  if (stage.length <= max) return undefined;
  return `--stage must have at most ${max} characters (Lambda's names have ${LAMBDA_NAME_MAX}), not ${stage.length} as "${stage}"`;
};

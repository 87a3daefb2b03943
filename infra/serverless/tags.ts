/** STACK_TAGS: more tags of the stack and everything in it, like `team=growth,cost-center=42`. */

type Environment = Record<string, string | undefined>;

/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html, without
 * characters that some services refuse.
 */
const TAG = /^(?!aws:)[\w .:/+@-]{1,128}=[\w .:/+@=-]{1,256}$/i;
const TAGS_MAX = 40;

const listed = ({ STACK_TAGS: text }: Environment): string[] => (text ? text.split(',').map((tag) => tag.trim()) : []);

export const tagProblems = (env: Environment): string[] => [
  ...listed(env)
    .filter((tag) => !TAG.test(tag))
    .map((tag) => `STACK_TAGS must be <name>=<value>, separated by commas, not "${tag}"`),
  ...(listed(env).length > TAGS_MAX ? [`STACK_TAGS must be at most ${TAGS_MAX}`] : []),
];

export const tagsOf = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    listed(env).map((tag) => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1).trim()]),
  );

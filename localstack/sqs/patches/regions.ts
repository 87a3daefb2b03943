/** There is one region, which the ARN of any region means. */
export const inRegion = (arn: string, region: string): string => arn.replace(/^(arn:[^:]+:sqs:)[^:]*/, `$1${region}`);

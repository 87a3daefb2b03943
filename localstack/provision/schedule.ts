import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Made } from './intrinsics.ts';

export type ScheduleProperties = CreateScheduleCommandInput & { Name: string };

/** Returns false if the resource exists. */
const created = async (create: () => Promise<unknown>): Promise<boolean> => {
  try {
    await create();
    return true;
  } catch (error) {
    if (error instanceof ConflictException) return false;
    throw error;
  }
};

export const provisionScheduleGroup = async (
  client: SchedulerClient,
  { Name }: { Name: string },
  arn: string,
): Promise<Made> => {
  await created(() => client.send(new CreateScheduleGroupCommand({ Name })));
  return { ref: Name, attributes: { Arn: arn } };
};

const includes = (actual: unknown, declared: unknown): boolean => {
  if (typeof declared !== 'object' || declared === null) return actual === declared;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(declared).every(([key, value]) => includes((actual as Record<string, unknown>)[key], value));
};

const differs = (actual: GetScheduleCommandOutput, declared: ScheduleProperties): boolean =>
  !includes(actual, declared);

/** Creates the schedule, or updates it when anything declared differs. */
export const provisionSchedule = async (client: SchedulerClient, declared: ScheduleProperties): Promise<Made> => {
  const { Name, GroupName } = declared;
  if (!(await created(() => client.send(new CreateScheduleCommand(declared))))) {
    const actual = await client.send(new GetScheduleCommand({ Name, GroupName }));
    if (differs(actual, declared)) await client.send(new UpdateScheduleCommand(declared));
  }
  return { ref: Name, attributes: {} };
};

import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  paginateListSchedules,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Kit, QUEUE, ROLE, START, schedule, useScheduler } from './scheduler.testing.ts';

const kit = useScheduler();

const send: Kit['client']['send'] = ((command: never) => kit.client.send(command)) as never;
const groupArn = (name: string) => `arn:aws:scheduler:us-east-1:000000000000:schedule-group/${name}`;

describe('schedules', () => {
  it('CreateSchedule answers the ARN, GetSchedule all members with the defaults', async () => {
    const StartDate = new Date(START + 86_400_500);
    const created = await send(new CreateScheduleCommand(schedule({ Name: 'full', Description: 'd', StartDate })));
    const ScheduleArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/full';
    expect(created.ScheduleArn).toBe(ScheduleArn);
    const { $metadata, ...got } = await send(new GetScheduleCommand({ Name: 'full' }));
    expect($metadata.httpStatusCode).toBe(200);
    expect(got).toEqual({
      Arn: ScheduleArn,
      Name: 'full',
      GroupName: 'default',
      Description: 'd',
      StartDate,
      ScheduleExpression: 'at(2026-11-23T10:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: QUEUE,
        RoleArn: ROLE,
        Input: '{"n":1}',
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
      CreationDate: new Date(START),
      LastModificationDate: new Date(START),
    });
  });

  it('CreateSchedule of a taken name is a 409, but the same request again is answered as the first time', async () => {
    const first = schedule({ Name: 'twice', ClientToken: 'token-1' });
    await send(new CreateScheduleCommand(first));
    const again = await send(new CreateScheduleCommand(first));
    expect(again.ScheduleArn).toContain('/default/twice');
    const conflict = { name: 'ConflictException', message: 'Schedule twice already exists.' };
    const other = { ...first, ClientToken: 'token-2' };
    await expect(send(new CreateScheduleCommand(other))).rejects.toMatchObject(conflict);
    const changed = { ...first, ScheduleExpression: 'at(2030-01-01T00:00:00)' };
    await expect(send(new CreateScheduleCommand(changed))).rejects.toBeInstanceOf(ConflictException);
  });

  it('CreateSchedule in an unknown group is a 404', async () => {
    const command = new CreateScheduleCommand(schedule({ GroupName: 'nowhere' }));
    const message = 'Schedule group nowhere does not exist.';
    await expect(send(command)).rejects.toMatchObject({ message, $metadata: { httpStatusCode: 404 } });
  });

  it('GetSchedule returns the parameters of every kind of target as they were given', async () => {
    const parameters = {
      EventBridgeParameters: { DetailType: 't', Source: 's' },
      EventBridgePutEventsV2Parameters: { DetailType: 't', Source: 's' },
      EventBridgePutRawEventsParameters: { Metadata: { a: 'b' } },
      KinesisParameters: { PartitionKey: 'k' },
      SageMakerPipelineParameters: { PipelineParameterList: [{ Name: 'n', Value: 'v' }] },
      SqsParameters: { MessageGroupId: 'g' },
      EcsParameters: { TaskDefinitionArn: 'arn:t', TaskCount: 2, Tags: [{ key: 'k', value: 'v' }] },
      DeadLetterConfig: { Arn: QUEUE },
    };
    const Target = { Arn: QUEUE, RoleArn: ROLE, ...parameters };
    await send(new CreateScheduleCommand(schedule({ Name: 'whole', Target })));
    expect((await send(new GetScheduleCommand({ Name: 'whole' }))).Target).toMatchObject(parameters);
    const Metadata = { 'a/b': 'c' };
    const update = { Name: 'whole', Target: { ...Target, EventBridgePutRawEventsParameters: { Metadata } } };
    await expect(send(new UpdateScheduleCommand(schedule(update)))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("at 'target.eventBridgePutRawEventsParameters.metadata.key' failed"),
    });
  });

  it('UpdateSchedule replaces everything: omitted members get their defaults', async () => {
    await send(new CreateScheduleCommand(schedule({ Name: 'changed', Description: 'old', State: 'DISABLED' })));
    kit.clock.pass(1500);
    const ScheduleExpression = 'rate(2 days)';
    await send(new UpdateScheduleCommand(schedule({ Name: 'changed', ScheduleExpression })));
    const got = await send(new GetScheduleCommand({ Name: 'changed' }));
    expect(got).toMatchObject({ ScheduleExpression, State: 'ENABLED', CreationDate: new Date(kit.clock.now() - 1500) });
    expect(got.Description).toBeUndefined();
    expect(got.LastModificationDate).toEqual(new Date(kit.clock.now()));
  });

  it('Update, Get and Delete of a missing schedule are 404', async () => {
    const message = 'Schedule none does not exist.';
    const gone = { name: 'ResourceNotFoundException', message };
    await expect(send(new UpdateScheduleCommand(schedule({ Name: 'none' })))).rejects.toMatchObject(gone);
    await expect(send(new GetScheduleCommand({ Name: 'none' }))).rejects.toMatchObject(gone);
    await expect(send(new DeleteScheduleCommand({ Name: 'none' }))).rejects.toMatchObject(gone);
    await expect(send(new GetScheduleCommand({ Name: 'full', GroupName: 'g' }))).rejects.toMatchObject({
      message: 'Schedule full does not exist.',
    });
  });

  it('DeleteSchedule removes it', async () => {
    await send(new CreateScheduleCommand(schedule({ Name: 'short-lived' })));
    await send(new DeleteScheduleCommand({ Name: 'short-lived' }));
    const got = send(new GetScheduleCommand({ Name: 'short-lived' }));
    await expect(got).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});

describe('lists', () => {
  beforeEach(async () => {
    await send(new DeleteScheduleGroupCommand({ Name: 'listed' })).catch(() => undefined);
    await send(new CreateScheduleGroupCommand({ Name: 'listed' }));
    for (let n = 0; n < 5; n += 1) {
      const State = n % 2 ? 'DISABLED' : 'ENABLED';
      await send(
        new CreateScheduleCommand(schedule({ Name: `${n < 3 ? 'a' : 'b'}-${n}`, GroupName: 'listed', State })),
      );
    }
  });

  it('ListSchedules filters by group, prefix and state, and shows a summary', async () => {
    const names = async (filter: object) =>
      (await send(new ListSchedulesCommand({ GroupName: 'listed', ...filter }))).Schedules?.map(({ Name }) => Name);
    expect(await names({})).toEqual(['a-0', 'a-1', 'a-2', 'b-3', 'b-4']);
    expect(await names({ NamePrefix: 'a' })).toEqual(['a-0', 'a-1', 'a-2']);
    expect(await names({ State: 'DISABLED' })).toEqual(['a-1', 'b-3']);
    const { Schedules = [] } = await send(new ListSchedulesCommand({ GroupName: 'listed', MaxResults: 1 }));
    const now = new Date(kit.clock.now());
    expect(Schedules).toEqual([
      {
        Arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/listed/a-0',
        Name: 'a-0',
        GroupName: 'listed',
        State: 'ENABLED',
        CreationDate: now,
        LastModificationDate: now,
        Target: { Arn: QUEUE },
      },
    ]);
  });

  it('ListSchedules pages through everything once, across groups', async () => {
    const seen: string[] = [];
    for await (const page of paginateListSchedules({ client: kit.client, pageSize: 2 }, {}))
      seen.push(...(page.Schedules ?? []).map(({ GroupName, Name }) => `${GroupName}/${Name}`));
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen.filter((name) => name.startsWith('listed/'))).toHaveLength(5);
    expect(seen.length).toBe(kit.scheduler.stats().schedules);
  });

  it('ListSchedules of an unknown group is a 404, a foreign NextToken a 400', async () => {
    const unknown = send(new ListSchedulesCommand({ GroupName: 'nowhere' }));
    await expect(unknown).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const foreign = send(new ListSchedulesCommand({ NextToken: 'foreign' }));
    await expect(foreign).rejects.toMatchObject({ name: 'ValidationException', message: 'Invalid NextToken.' });
  });

  it('ListScheduleGroups filters by prefix and pages', async () => {
    const list = new ListScheduleGroupsCommand({ NamePrefix: 'list', MaxResults: 1 });
    const first = await send(list);
    expect(first.ScheduleGroups?.map(({ Name }) => Name)).toEqual(['listed']);
    expect(first.NextToken).toBeUndefined();
    await send(new CreateScheduleGroupCommand({ Name: 'list-2' }));
    const { NextToken, ScheduleGroups = [] } = await send(list);
    expect(ScheduleGroups).toMatchObject([{ Name: 'list-2', State: 'ACTIVE' }]);
    const second = await send(new ListScheduleGroupsCommand({ NamePrefix: 'list', MaxResults: 1, NextToken }));
    expect(second.ScheduleGroups).toMatchObject([{ Name: 'listed', Arn: groupArn('listed') }]);
  });

  it('DeleteScheduleGroup deletes its schedules', async () => {
    const before = kit.scheduler.stats().schedules;
    await send(new DeleteScheduleGroupCommand({ Name: 'listed' }));
    const got = send(new GetScheduleCommand({ Name: 'a-0', GroupName: 'listed' }));
    await expect(got).rejects.toBeInstanceOf(ResourceNotFoundException);
    expect(kit.scheduler.stats().schedules).toBe(before - 5);
  });
});

describe('groups and tags', () => {
  it('the default group always exists, and cannot be deleted', async () => {
    const group = await send(new GetScheduleGroupCommand({ Name: 'default' }));
    expect(group).toMatchObject({
      Arn: groupArn('default'),
      Name: 'default',
      State: 'ACTIVE',
      CreationDate: new Date(START),
    });
    const deleted = send(new DeleteScheduleGroupCommand({ Name: 'default' }));
    await expect(deleted).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('CreateScheduleGroup answers the ARN; taken 409, same token 200; Get and Delete of none 404', async () => {
    const request = { Name: 'team', ClientToken: 'token-1' };
    const created = await send(new CreateScheduleGroupCommand(request));
    expect(created.ScheduleGroupArn).toBe(groupArn('team'));
    await send(new CreateScheduleGroupCommand(request));
    const again = send(new CreateScheduleGroupCommand({ Name: 'team' }));
    await expect(again).rejects.toMatchObject({ message: 'Schedule group team already exists.' });
    const none = { name: 'ResourceNotFoundException', message: 'Schedule group none does not exist.' };
    await expect(send(new GetScheduleGroupCommand({ Name: 'none' }))).rejects.toMatchObject(none);
    await expect(send(new DeleteScheduleGroupCommand({ Name: 'none' }))).rejects.toMatchObject(none);
  });

  it('tags are given at creation, added, replaced, removed and listed', async () => {
    const ResourceArn = groupArn('tagged');
    await send(new CreateScheduleGroupCommand({ Name: 'tagged', Tags: [{ Key: 'a', Value: '1' }] }));
    const more = [
      { Key: 'a', Value: '2' },
      { Key: 'b c', Value: '3' },
    ];
    await send(new TagResourceCommand({ ResourceArn, Tags: more }));
    const list = () => send(new ListTagsForResourceCommand({ ResourceArn })).then(({ Tags }) => Tags);
    expect(await list()).toEqual(more);
    await send(new UntagResourceCommand({ ResourceArn, TagKeys: ['b c', 'unknown'] }));
    expect(await list()).toEqual([{ Key: 'a', Value: '2' }]);
    await send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
    expect(await list()).toEqual([]);
    const many = Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: 'v' }));
    const tooMany = send(new TagResourceCommand({ ResourceArn, Tags: many }));
    await expect(tooMany).rejects.toMatchObject({ $metadata: { httpStatusCode: 402 } });
  });

  it('the ARN of any region means the one group; that of another account means none', async () => {
    const ResourceArn = groupArn('default').replace('us-east-1', 'eu-west-1');
    await send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'region', Value: 'any' }] }));
    const { Tags } = await send(new ListTagsForResourceCommand({ ResourceArn: groupArn('default') }));
    expect(Tags).toEqual([{ Key: 'region', Value: 'any' }]);
    const other = new ListTagsForResourceCommand({ ResourceArn: ResourceArn.replace('000000000000', '111111111111') });
    await expect(send(other)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('tags of an unknown group are a 404', async () => {
    const ResourceArn = groupArn('unknown');
    const none = { name: 'ResourceNotFoundException' };
    await expect(send(new ListTagsForResourceCommand({ ResourceArn }))).rejects.toMatchObject(none);
    await expect(send(new TagResourceCommand({ ResourceArn, Tags: [] }))).rejects.toMatchObject(none);
    await expect(send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }))).rejects.toMatchObject(none);
  });

  it('the 501st group is a 402', async () => {
    const { ScheduleGroups = [] } = await send(new ListScheduleGroupsCommand({ MaxResults: 100 }));
    for (let n = ScheduleGroups.length; n < 500; n += 1)
      await send(new CreateScheduleGroupCommand({ Name: `quota-${n}` }));
    const one = send(new CreateScheduleGroupCommand({ Name: 'one-more' }));
    await expect(one).rejects.toBeInstanceOf(ServiceQuotaExceededException);
  });
});

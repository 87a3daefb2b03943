import type { Tools } from './tools.ts';

export const checkCloudWatch = async (_tools: Tools, _directory: string): Promise<string[]> => [];

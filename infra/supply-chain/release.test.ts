import { describe, expect, it } from 'vitest';
import { notesOf, type ReleaseFiles, releaseProblems } from './release.ts';

const changelog = `# Changelog

## [Unreleased]

### Added

- Something new.

## [1.2.0] - 2027-01-31

### Fixed

- A fault.

## [1.1.0] - 2026-12-01

- Something old.
`;

const files: ReleaseFiles = {
  'package.json': '{\n  "version": "1.2.0"\n}\n',
  'package-lock.json': '{\n  "version": "1.2.0",\n  "packages": { "a": {\n      "version": "9.9.9" } }\n}\n',
  'infra/helm/event-system/Chart.yaml': 'name: event-system\nversion: 1.2.0\nappVersion: 1.2.0\n',
  'infra/container/Dockerfile': 'FROM scratch\nARG VERSION=1.2.0\n',
  'CHANGELOG.md': changelog,
};

describe('the notes of a release', () => {
  it('are what stands under its heading, up to the next version', () => {
    expect(notesOf(changelog, '1.2.0')).toBe('### Fixed\n\n- A fault.');
    expect(notesOf(changelog, '1.1.0')).toBe('- Something old.');
  });

  it('are missing while the version has no date', () => {
    expect(notesOf(changelog, 'Unreleased')).toBeUndefined();
    expect(notesOf(changelog, '1.3.0')).toBeUndefined();
  });
});

describe('a release', () => {
  it('is fine when every file states the version of the tag', () => {
    expect(releaseProblems(files, '1.2.0')).toEqual([]);
  });

  it.each([
    ['package.json', '"version": "1.2.0"'],
    ['package-lock.json', '"version": "1.2.0"'],
    ['infra/helm/event-system/Chart.yaml', 'version: 1.2.0\n'],
    ['infra/helm/event-system/Chart.yaml', 'appVersion: 1.2.0'],
    ['infra/container/Dockerfile', 'VERSION=1.2.0'],
  ] as const)('is refused when %s does not state %s', (file, statement) => {
    const other = { ...files, [file]: files[file].replace(statement, statement.replace('1.2.0', '1.1.0')) };
    expect(releaseProblems(other, '1.2.0')).toEqual([`${file} states version 1.1.0, the tag 1.2.0`]);
  });

  it('is refused without notes', () => {
    const other = { ...files, 'CHANGELOG.md': changelog.replace('1.2.0', '1.2.1') };
    expect(releaseProblems(other, '1.2.0')).toEqual([
      'CHANGELOG.md has no notes under a heading "## [1.2.0] - <date>"',
    ]);
  });
});

/**
 * What package-lock.json promises: public packages alone, each with its checksum, and no install
 * script of a package that package.json does not allow.
 */

interface LockedPackage {
  /** Where an alias installs another package's name. */
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
}

export interface Lockfile {
  lockfileVersion: number;
  packages: Record<string, LockedPackage>;
}

/** npm's own key of package.json: name -> whether its install scripts may run. */
export type AllowScripts = Record<string, boolean>;

const REGISTRY = 'https://registry.npmjs.org/';
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** `node_modules/a/node_modules/@b/c` -> `@b/c` */
export const nameOf = (path: string, { name }: LockedPackage = {}): string =>
  name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/**
 * `resolved` is absent where npm leaves it to the configured registry
 * (omit-lockfile-registry-resolved): the checksum decides then.
 */
const sourceProblem = (path: string, locked: LockedPackage): string | undefined => {
  const { resolved, integrity, link } = locked;
  if (link) return `${path}: links to a folder`;
  if (resolved !== undefined && !resolved.startsWith(REGISTRY)) return `${path}: comes from ${resolved}`;
  return integrity !== undefined && INTEGRITY.test(integrity) ? undefined : `${path}: has no SHA-512 checksum`;
};

const scriptProblem = (path: string, locked: LockedPackage, allowed: AllowScripts): string | undefined => {
  if (!locked.hasInstallScript) return undefined;
  const name = nameOf(path, locked);
  return Object.hasOwn(allowed, name)
    ? undefined
    : `${name}: has an install script, and package.json allowScripts does not say whether it may`;
};

export const lockfileProblems = ({ lockfileVersion, packages }: Lockfile, allowed: AllowScripts): string[] => {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  const names = new Set(entries.filter(([, one]) => one.hasInstallScript).map(([path, one]) => nameOf(path, one)));
  return [
    ...(lockfileVersion === 3 ? [] : [`lockfileVersion is ${lockfileVersion}`]),
    ...(entries.length > 0 ? [] : ['there are no packages']),
    ...entries.flatMap(([path, one]) => sourceProblem(path, one) ?? []),
    ...entries.flatMap(([path, one]) => scriptProblem(path, one, allowed) ?? []),
    ...Object.keys(allowed)
      .filter((name) => allowed[name] && packages[`node_modules/${name}`] && !names.has(name))
      .map((name) => `${name}: may run an install script, and has none`),
  ];
};

import { randomBytes, randomUUID } from 'node:crypto'

/** What GitHub's clock is read from, epoch milliseconds. The simulator's `clockOffsetMs` comes on top. */
export interface GitHubClock {
  now(): number
}

/** The only place of the simulator that names the real clock. */
export const realClock: GitHubClock = { now: () => Date.now() }

/** The only place of the simulator that names real randomness. */
export const realRandom = {
  uuid: (): string => randomUUID(),
  bytes: (length: number): Uint8Array => randomBytes(length),
}

/** What an App may do when its specification does not say. */
export const DEFAULT_PERMISSIONS = {
  actions: 'read',
  administration: 'read',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  members: 'read',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'write',
} as const

/** Who owns what when the options do not say. */
export const DEFAULT_OWNERS = [
  { login: 'acme', type: 'Organization', repositories: ['widgets', 'gadgets', 'homebrew-tap'] },
  { login: 'octocat', type: 'User', repositories: ['hello-world'] },
] as const

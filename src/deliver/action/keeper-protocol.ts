/** Where the process is that keeps a token fresh. Nothing of it is secret. */
export interface KeeperPlace {
  readonly socket: string
  /** A private folder of its own, gone with it. */
  readonly folder: string
  /** What goes into PATH. */
  readonly bin: string
  readonly pid: number
}

/** What it says at its end. */
export interface KeeperFarewell {
  /** How often git and others asked. */
  readonly asks: number
  /** How many tokens it revoked; absent where it was told not to. */
  readonly revoked?: number | undefined
  /** What went wrong, in one line. */
  readonly problem?: string | undefined
}

export const formatKeeper = (value: KeeperPlace | KeeperFarewell): string => `${JSON.stringify(value)}\n`

/** `undefined` for what no keeper of ours wrote. */
export function parseKeeperPlace(text: string): KeeperPlace | undefined {
  const { socket, folder, bin, pid } = membersOf(text)
  const isSound = [socket, folder, bin].every((path) => typeof path === 'string' && path.startsWith('/'))
  return isSound && typeof pid === 'number' && pid > 1 ? ({ socket, folder, bin, pid } as KeeperPlace) : undefined
}

export function parseKeeperFarewell(text: string): KeeperFarewell | undefined {
  const { asks, revoked, problem } = membersOf(text)
  const isSound =
    typeof asks === 'number' &&
    (revoked === undefined || typeof revoked === 'number') &&
    (problem === undefined || typeof problem === 'string')
  return isSound ? ({ asks, revoked, problem } as KeeperFarewell) : undefined
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

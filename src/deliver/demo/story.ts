/** One thing that happened, with the claim it stands for. */
export interface Scene {
  readonly side: 'mintlock' | 'without'
  /** Who, in a word. */
  readonly who: string
  readonly said: string
  readonly tookMs?: number
  /** What processes that want one and the same token cost together. Absent where each is to have one of its own. */
  readonly shared?: { readonly processes: number; readonly mints: number; readonly requests: number }
  /** How many of those who asked saw a failure. */
  readonly failures: number
  /** Whether what the demo claims was so in this run. */
  readonly holds: boolean
  /** What went wrong, where something did. */
  readonly complaint?: string
}

export interface Act {
  readonly title: string
  readonly scenes: readonly Scene[]
  /** What else is to be said about who acted. */
  readonly note?: string
}

export interface Total {
  readonly processes: number
  readonly mints: number
  readonly requests: number
  readonly failures: number
}

/** What all scenes of one side came to. */
export function totalOf(acts: readonly Act[], side: Scene['side']): Total {
  const scenes = acts.flatMap((act) => act.scenes.filter((scene) => scene.side === side))
  const sum = (pick: (scene: Scene) => number | undefined) => scenes.reduce((total, scene) => total + (pick(scene) ?? 0), 0)
  return {
    processes: sum(({ shared }) => shared?.processes),
    mints: sum(({ shared }) => shared?.mints),
    requests: sum(({ shared }) => shared?.requests),
    failures: sum(({ failures }) => failures),
  }
}

/** `1 mint`, `2 mints`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

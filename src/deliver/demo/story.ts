import type { Cost } from './props.js'

/** One thing that happened, with the claim it stands for. */
export interface Scene {
  readonly side: 'mintlock' | 'without'
  /** Who or what, in a word or two. */
  readonly who: string
  readonly said: string
  readonly tookMs?: number
  readonly cost: Cost
  /** Whether what the demo claims was so in this run. */
  readonly holds: boolean
  /** What went wrong, where something did. */
  readonly complaint?: string
}

export interface Act {
  readonly title: string
  readonly scenes: readonly Scene[]
}

/** What all scenes of one side cost together. */
export function totalOf(acts: readonly Act[], side: Scene['side']): Cost {
  const costs = acts.flatMap(({ scenes }) => scenes.filter((scene) => scene.side === side).map(({ cost }) => cost))
  const sum = (pick: (cost: Cost) => number) => costs.reduce((total, cost) => total + pick(cost), 0)
  return { mints: sum(({ mints }) => mints), requests: sum(({ requests }) => requests), refused: sum(({ refused }) => refused) }
}

/** `1 mint`, `2 mints`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`
}

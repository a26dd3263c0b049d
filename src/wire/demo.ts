import type { DemoStage } from '../deliver/cli/house.js'

export async function runDemo(_stage: DemoStage): Promise<number> {
  return 0
}

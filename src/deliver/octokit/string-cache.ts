import type { StringCache } from './strategy-options.js'

/** As many as `@octokit/auth-app` keeps. */
const MAX_ENTRIES = 15_000
const MAX_AGE_MS = 59 * 60_000

/**
 * What stands for `cache` where nobody gave one: instances that a factory makes share tokens by having the same. Tokens are not kept in
 * here; it holds what others put into it.
 */
export class MemoryStringCache implements StringCache {
  readonly #entries = new Map<string, { readonly value: string; readonly until: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  get(key: string): string | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.until > this.#now() ? entry.value : undefined
  }

  set(key: string, value: string): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, until: this.#now() + MAX_AGE_MS })
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value ?? '')
  }
}

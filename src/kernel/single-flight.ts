/** One call per key at a time within this instance: whoever asks while it runs gets its result. */
export class SingleFlight<T> {
  readonly #inFlight = new Map<string, Promise<T>>()

  run(key: string, operation: () => Promise<T>): Promise<T> {
    const existing = this.#inFlight.get(key)
    if (existing) return existing
    const current = operation().finally(() => {
      if (this.#inFlight.get(key) === current) this.#inFlight.delete(key)
    })
    this.#inFlight.set(key, current)
    return current
  }
}

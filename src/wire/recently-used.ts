/** What is made when first asked for and kept while it is among the last `max` that were asked for. */
export interface RecentlyUsed<Value> {
  get(key: string, make: () => Value): Value
  /** Everything that is kept, which is forgotten then. */
  drain(): Value[]
}

/** @param onDropped hears of each value that has to make room */
export function recentlyUsed<Value>(max: number, onDropped: (value: Value) => void = () => {}): RecentlyUsed<Value> {
  const kept = new Map<string, Value>()
  return {
    get(key, make) {
      const value = kept.get(key) ?? make()
      kept.delete(key)
      kept.set(key, value)
      for (const [oldest, dropped] of kept) {
        if (kept.size <= max) break
        kept.delete(oldest)
        onDropped(dropped)
      }
      return value
    },
    drain() {
      const values = [...kept.values()]
      kept.clear()
      return values
    },
  }
}

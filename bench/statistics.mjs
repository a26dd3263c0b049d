export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs every contestant once per round, beginning with another one each time, so that whatever else the machine does meets all alike. */
export async function interleaved(rounds, contestants) {
  const names = Object.keys(contestants)
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let position = 0; position < names.length; position++) {
      const name = names[(round + position) % names.length]
      results[name].push(await contestants[name]())
    }
  }
  return results
}

/** The median of what two contestants make of the same round. */
export function paired(one, other, compare) {
  return median(one.map((value, round) => compare(value, other[round])))
}

export async function timed(operation) {
  const startedAt = performance.now()
  await operation()
  return performance.now() - startedAt
}

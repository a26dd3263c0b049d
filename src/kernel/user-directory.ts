type Environment = Readonly<Record<string, string | undefined>>

/** Where the file cache is when nobody said. Relative values are ignored, as the XDG specification asks. */
export function defaultCacheDirectory(environment: Environment, home: () => string): string {
  for (const variable of ['RUNNER_TEMP', 'XDG_CACHE_HOME']) {
    const base = environment[variable]
    if (base && /^(?:\/|[A-Za-z]:[\\/])/.test(base)) return `${base.replace(/[\\/]+$/, '')}/mintlock`
  }
  return `${environment['HOME'] || home()}/.cache/mintlock`
}

import type { CompileRegex } from './url-pattern.js'

/** RE2 in JavaScript: linear in the length of the subject whatever the pattern. Loaded when the first pattern is there to be compiled. */
export async function loadLinearRegex(): Promise<CompileRegex> {
  const { RE2JS } = await import('re2js')
  return (pattern) => {
    const compiled = RE2JS.compile(pattern)
    return {
      endOfBaseUrl(subject) {
        const matcher = compiled.matcher(subject)
        if (!matcher.lookingAt() || matcher.start('baseUrl') !== 0) return undefined
        return matcher.end('baseUrl')
      },
    }
  }
}

/** What a JSON pointer (RFC 6901) leads to; `undefined` when that is nowhere. Only own members count: no `constructor`. */
export function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (parent, name) =>
        typeof parent === 'object' && parent !== null && Object.hasOwn(parent, name)
          ? (parent as Readonly<Record<string, unknown>>)[name]
          : undefined,
      value,
    )
}

import type { Call } from './simulation.js'

/** One page of `items` by `per_page` (default 30, at most 100) and `page`, with GitHub's `Link` header where there are more. */
export function pageOf<Item>(
  items: readonly Item[],
  call: Call,
  path: string,
): { items: Item[]; headers: Record<string, string> } {
  const size = Math.min(positive(call.query.get('per_page')) ?? 30, 100)
  const page = positive(call.query.get('page')) ?? 1
  const last = Math.max(1, Math.ceil(items.length / size))
  const link = (target: number, relation: string) => `<${call.apiUrl}${path}?per_page=${size}&page=${target}>; rel="${relation}"`
  const links = [
    ...(page > 1 ? [link(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ]
  return {
    items: items.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  }
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

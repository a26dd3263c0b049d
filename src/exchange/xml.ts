type Element = { [name: string]: Element | string }

const TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>/y
const TEXT = /[^<]*/y
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
const MAX_DEPTH = 20

/**
 * The elements of a plain XML document as nested members: what AWS answers with, and no more. Attributes are dropped; of elements with
 * one name the last counts. Document types, comments, CDATA and anything unclosed: `undefined`.
 */
export function parsePlainXml(document: string): Element | undefined {
  const text = document.replace(/^\s*<\?xml[^<>]*\?>/, '').trim()
  const root: Element = Object.create(null) as Element
  const open: { name: string; members: Element; text: string }[] = [{ name: '', members: root, text: '' }]
  for (let position = 0; position < text.length; ) {
    const here = open.at(-1)
    if (!here) return undefined
    TEXT.lastIndex = position
    here.text += TEXT.exec(text)?.[0] ?? ''
    position = TEXT.lastIndex
    if (position >= text.length) break
    TAG.lastIndex = position
    const [, closing, name = '', , empty] = TAG.exec(text) ?? []
    if (name === '') return undefined
    position = TAG.lastIndex
    if (closing === '/') {
      if (open.length < 2 || here.name !== name || !close(open)) return undefined
    } else {
      open.push({ name, members: Object.create(null) as Element, text: '' })
      if (open.length > MAX_DEPTH || (empty === '/' && !close(open))) return undefined
    }
  }
  return open.length === 1 ? root : undefined
}

/** False when its text cannot be read. */
function close(open: { name: string; members: Element; text: string }[]): boolean {
  const ended = open.pop()
  const parent = open.at(-1)
  if (!ended || !parent) return false
  const isLeaf = Object.keys(ended.members).length === 0
  const text = isLeaf ? unescaped(ended.text) : ''
  if (text === undefined) return false
  parent.members[ended.name] = isLeaf ? text : ended.members
  return true
}

function unescaped(text: string): string | undefined {
  if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(text)) return undefined
  return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES.get(name) ?? '').trim()
}

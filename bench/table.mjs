/** A figure as people read it: three digits that matter, thousands apart. */
export function spell(value) {
  if (value === undefined) return ''
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return value < 10 ? value.toFixed(2) : value.toFixed(1)
}

export function isMet({ target, ...row }) {
  if (target === undefined) return undefined
  const value = row[target.figure]
  return value >= (target.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (target.atMost ?? Number.POSITIVE_INFINITY)
}

/** Aligned columns; a row without a target is there to be known. */
export function table(rows) {
  const cells = [
    ['what', 'Mintlock', 'other', 'which', 'ratio', 'target', 'met'],
    ...rows.map((row) => [
      row.what,
      spell(row.mintlock),
      spell(row.other),
      row.against,
      row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}×`,
      targetOf(row),
      metOf(row),
    ]),
  ]
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const isNumber = (column) => [1, 2, 4].includes(column)
  return cells
    .map((row) =>
      row
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function targetOf({ target }) {
  if (target === undefined) return ''
  const bound = target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`
  return target.figure === 'ratio' ? `${bound}×` : bound
}

function metOf(row) {
  const met = isMet(row)
  return met === undefined ? '' : met ? 'yes' : 'NO'
}

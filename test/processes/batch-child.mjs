// One Lambda instance: works through the batch that it is given as its argument, and prints what it did.
const [, , entry, batch] = process.argv
const { handleBatch } = await import(entry)
const handled = []
const response = await handleBatch(
  JSON.parse(batch),
  { getRemainingTimeInMillis: () => 50_000 },
  {
    parse: (body) => JSON.parse(body),
    scopeOf: () => ({ owner: 'acme', repositories: 'all', permissions: { administration: 'read' } }),
    handle: async ({ runner, number }, token) => {
      if (!/^ghs_/.test(token.secret.reveal())) throw new Error('no token')
      handled.push(`${runner}:${number}`)
    },
  },
)
process.stderr.write(JSON.stringify({ response, handled }))

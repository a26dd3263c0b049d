import Anthropic from '@anthropic-ai/sdk'

/** One process with Anthropic's SDK as it comes: says that it is there, waits, and calls until its time is over. */
const [callForMs = '0'] = process.argv.slice(2)
const outcome = { calls: 0, failures: [] }

process.once('message', async () => {
  const client = new Anthropic({ maxRetries: 0 })
  const endAt = Date.now() + Number(callForMs)
  do {
    try {
      await client.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 1, messages: [{ role: 'user', content: 'hello' }] })
      outcome.calls += 1
    } catch (failure) {
      outcome.failures.push(String(failure).slice(0, 300))
    }
    if (Date.now() < endAt) await new Promise((next) => setTimeout(next, 1_000))
  } while (Date.now() < endAt)
  process.send(outcome, () => process.exit(0))
})
process.send('there')

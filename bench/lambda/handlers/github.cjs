// On top of that: the two requests to GitHub, bare, over one connection.
const http = require('node:http')
const { signed } = require('./signing.cjs')
const agent = new http.Agent({ keepAlive: true })
const ask = (method, path, jwt, body) =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${jwt}`, 'user-agent': 'bench', 'content-type': 'application/json' }
    const request = http.request(`${process.env.GITHUB_API_URL}${path}`, { method, headers, agent }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
    request.on('error', reject).end(body && JSON.stringify(body))
  })
exports.handler = async () => {
  const [first, second] = await signed()
  const { id } = await ask('GET', '/repos/acme/widgets/installation', first)
  const scope = { repositories: ['widgets'], permissions: { contents: 'read' } }
  return ask('POST', `/app/installations/${id}/access_tokens`, second, scope)
}

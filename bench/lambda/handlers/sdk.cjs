// On top of the floor: AWS's client, and one call of it.
const { SSMClient, GetParametersCommand } = require('@aws-sdk/client-ssm')
const client = new SSMClient({})
const Names = ['client-id', 'installation-id', 'private-key-pem'].map((name) => `/mintlock/app/${name}`)
exports.read = () => client.send(new GetParametersCommand({ Names, WithDecryption: true }))
exports.handler = async () => (await exports.read()).Parameters.length

#!/usr/bin/env node
import { warmGit } from '../wire/warm-git.js'
import { warmToken } from '../wire/warm-token.js'
import { readQuery } from './stdin.js'
import { printAndExit } from './stdout.js'

// The hot paths: what is cached already is printed without loading the rest.
const words = process.argv.slice(2)
const isGitAsking = words.length === 3 && words[0] === 'git' && words[1] === 'credential' && words[2] === 'get'
const query = isGitAsking ? readQuery() : ''
const answer = isGitAsking ? warmGit(process.env, query) : warmToken(words, process.env)
if (answer === undefined) require('./mintlock-main.cjs').run(query)
else printAndExit(answer)

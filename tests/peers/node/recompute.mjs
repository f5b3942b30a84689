// SPDX-License-Identifier: Apache-2.0

// Computes again what an instance of Cocket sealed and stated, from files alone, with Node's own packages and nothing else.
// Written from docs/reference/ledger/proofs.md, in another language, so that page and program can be held against each other.
//
//   node recompute.mjs draws FILE KEYS        the draws of a day
//   node recompute.mjs advice FILE KEYS       sealed advice: one record, or one a line
//   node recompute.mjs receipt FILE KEYS      a receipt
//   node recompute.mjs convict FILE KEYS      evidence of a broken promise
//   node recompute.mjs statement FILE KEYS    the statement of a day
//
// KEYS is a file of public keys, one a line. FILE may be `-`: then each line of standard input is {"kind", "file"}, and each
// line of the answer is for one of them. An answer is {"agrees", "why", …}. Exit 0: all agree. Exit 1: one does not.

import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

class Disagreement extends Error {}

function must (holds, why) {
  if (!holds) throw new Disagreement(why)
}

// ── Bytes, hashes, keys ─────────────────────────────────────────────────────────────────────────────────────────────────

const hash = (...parts) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest()
const hex = (...parts) => hash(...parts).toString('hex')

function bytes (text, what) {
  must(typeof text === 'string', `${what} is no text`)
  const found = Buffer.from(text, 'base64')
  must(found.toString('base64') === text, `${what} is not Base64`)
  return found
}

function json (value) {
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${json(value[name])}`).join(',')}}`
}

function parse (text) {
  const value = JSON.parse(text)
  must(value !== null && typeof value === 'object', 'it is no object')
  return value
}

function only (value, names, what) {
  must(value !== null && typeof value === 'object' && !Array.isArray(value), `${what} is no object`)
  must(isDeepStrictEqual(Object.keys(value).sort(), [...names].sort()), `${what} has other fields than it must have`)
}

function readKeys (text) {
  return text.split('\n').filter(Boolean).map(line => {
    const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(line) ?? []
    must(name !== undefined, 'a key is none')
    const key = bytes(encoded, 'a key')
    must(key.length === 33 && key[0] === 1 && hex(`${name}\n`, key).slice(0, 8) === id, 'a key is none')
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)])
    return { name, id, public: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
  })
}

const isSigned = (key, data, signature) => signature.length === 64 && verify(null, Buffer.from(data), key.public, signature)
const family = log => log.replace(/\/\d{4}$/, '')

// ── Notes, heads, trees ─────────────────────────────────────────────────────────────────────────────────────────────────

function openNote (note, keys, isAlone = false) {
  must(typeof note === 'string', 'there is no note')
  const cut = note.lastIndexOf('\n\n')
  must(cut > 0 && note.endsWith('\n'), 'it is no note')
  const text = note.slice(0, cut + 1)
  let signed = 0
  for (const line of note.slice(cut + 2, -1).split('\n')) {
    const [, name, encoded] = /^— (\S+) (\S+)$/.exec(line) ?? []
    must(name !== undefined, 'a signature line is none')
    const data = bytes(encoded, 'a signature')
    const key = keys.find(one => one.name === name && one.id === data.subarray(0, 4).toString('hex'))
    must(key !== undefined || !isAlone, 'another key has signed it too')
    if (key === undefined) continue
    must(isSigned(key, text, data.subarray(4)), `the signature of ${name} does not hold`)
    signed++
  }
  must(signed > 0, 'no known key has signed it')
  return text
}

const opened = new Map()

// A head is opened once: a thousand records may stand under it.
function openHead (note, keys) {
  if (!opened.has(note)) opened.set(note, checkHead(note, keys))
  return opened.get(note)
}

function checkHead (note, keys) {
  const log = String(note).split('\n')[0]
  const own = keys.filter(key => key.name === log)
  must(own.length > 0, `there is no key of ${log}`)
  const [, size, root] = openNote(note, own).split('\n')
  must(/^(0|[1-9]\d*)$/.test(size ?? ''), 'the head has no size')
  const found = bytes(root, 'the root')
  must(found.length === 32, 'the root is none')
  return { log, size: Number(size), root: found }
}

function isIncluded (leaf, index, size, path, root) {
  must(Number.isSafeInteger(index) && index >= 0 && index < size, 'the index is beyond the head')
  let [place, last, node] = [index, size - 1, leaf]
  for (const sibling of path) {
    must(last > 0, 'the path is too long')
    if (place % 2 === 1 || place === last) {
      node = hash(Buffer.of(1), sibling, node)
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)]
    } else node = hash(Buffer.of(1), node, sibling)
    ;[place, last] = [Math.floor(place / 2), Math.floor(last / 2)]
  }
  must(last === 0 && node.equals(root), 'the path does not lead to the root')
}

const entryOf = commit => Buffer.from(`{"commit":"${commit.toString('base64')}","v":1}`)
const leafOf = entry => hash(Buffer.of(0), entry)

function checkOpening (commit, opening, nonce) {
  only(opening, ['actor', 'content', 'subject', 'time', 'type'], 'the opening')
  const secret = bytes(nonce, 'the nonce')
  must(secret.length === 32, 'the nonce is not 32 bytes')
  must(hash(secret, hash(json(opening))).equals(commit), 'the opening is not what was committed to')
}

// ── Sealed records ──────────────────────────────────────────────────────────────────────────────────────────────────────

function checkRecord (record, keys) {
  only(record, ['kind', 'body', 'proof'], 'the record')
  const proof = record.proof
  only(proof, ['kind', 'index', 'commit', 'checkpoint', 'path', 'opening', 'nonce', 'v'], 'the proof')
  must(record.kind === 'sealed-record' && proof.kind === 'inclusion-proof' && proof.v === 1, 'it is no sealed record')
  const commit = bytes(proof.commit, 'the commitment')
  const head = openHead(proof.checkpoint, keys)
  isIncluded(leafOf(entryOf(commit)), proof.index, head.size, proof.path.map(one => bytes(one, 'a hash')), head.root)
  checkOpening(commit, proof.opening, proof.nonce)
  must(hex(record.body) === proof.opening.content, 'the body is not what was sealed')
  return { head, body: parse(record.body), opening: proof.opening, index: proof.index }
}

// ── Advice ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const LANES = ['green', 'blue', 'yellow', 'red']
const rank = lane => LANES.indexOf(lane)

function grant ([lane, why], grounds) {
  const given = grounds.given
  if (given !== null && rank(lane) <= rank(given)) return [given, 'given']
  if (why === 'intelligence' || why === 'alert') return [lane, why]
  if (lane === 'red') {
    if (grounds.has_red_place && (why === 'random' || grounds.has_scored_place)) return [lane, why]
    ;[lane, why] = ['yellow', 'full']
  }
  if (lane === 'yellow' && given !== 'yellow') {
    if (grounds.has_yellow_place) return [lane, why]
    ;[lane, why] = ['blue', 'full']
  }
  return given !== null && rank(lane) <= rank(given) ? [given, 'given'] : [lane, why]
}

function wish (advice) {
  const { grounds, number } = advice
  const height = grounds.score * grounds.standing * grounds.weight
  const reaches = cut => cut !== null && height >= cut
  if (reaches(grounds.red)) return ['red', advice.is_degraded ? 'rule' : 'score']
  if (!advice.is_degraded && reaches(grounds.yellow)) return ['yellow', 'score']
  if (grounds.has_documents_rule) return ['yellow', 'rule']
  if (!advice.is_degraded) return reaches(grounds.blue) ? ['blue', 'audit'] : ['green', 'none']
  if (number < grounds.yellow_below) return ['yellow', 'random']
  return number < grounds.blue_below ? ['blue', 'audit'] : ['green', 'none']
}

export function laneOf (advice) {
  const { grounds } = advice
  let wanted = wish(advice)
  if (!(wanted[0] === 'red' && grounds.has_scored_place) && advice.number < advice.chance) wanted = ['red', 'random']
  if (grounds.asked !== null && rank(grounds.asked) > rank(wanted[0])) wanted = [grounds.asked, 'rule']
  const named = grounds.intelligence
  if (named !== null && rank(named) >= rank(wanted[0])) wanted = [named, 'intelligence']
  if (grounds.is_alerted && grounds.given !== 'red') return grant(['red', 'alert'], grounds)
  const given = grant(wanted, grounds)
  return named !== null && rank(given[0]) < rank(named) ? grant([named, 'intelligence'], grounds) : given
}

function checkLane (advice) {
  must(advice.grounds, 'the advice has no grounds: its lane cannot be found again')
  must(advice.is_degraded === (advice.score === null), 'it is said to have a score, and has none')
  must(advice.is_degraded || advice.score === advice.grounds.score, 'the grounds are of another score')
  must(advice.is_degraded || advice.threshold === advice.grounds.red, 'the grounds are of another threshold')
  const [lane, why] = laneOf(advice)
  must(lane === advice.lane && why === advice.why, `the lane is ${lane} (${why}), not ${advice.lane} (${advice.why})`)
  return lane
}

function checkAdvice (text, keys) {
  const found = checkRecord(parse(text), keys)
  must(found.opening.type === 'assessment', 'it is no advice')
  return { lane: checkLane(found.body), leaf: found.index, consignment: found.body.consignment }
}

// ── Draws ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function drawNumber (seed, name) {
  const digest = createHmac('sha256', seed).update(Buffer.from('cocket draw v1\0')).update(name).digest()
  return Number(digest.readBigUInt64BE() >> 11n) / 2 ** 53
}

function checkAllocation (one, seed) {
  const order = [...one.roster].sort((a, b) => {
    const [first, second] = [a, b].map(name => drawNumber(seed, `${one.consignment} examiner ${name}`))
    return first - second || (a < b ? -1 : 1)
  })
  const before = one.examiner === null ? order : order.slice(0, order.indexOf(one.examiner))
  must(one.examiner === null || order.includes(one.examiner), 'the examiner is not on the roster')
  must(isDeepStrictEqual(before, one.passed_over.map(([name]) => name)), 'another examiner was drawn')
  must(one.passed_over.every(([, why]) => why === 'full' || why === 'barred'), 'someone is passed over without a reason')
  if (one.examiner === null) return must(one.stand_by.length === 0, 'someone stands by for no one')
  const full = one.passed_over.filter(([, why]) => why === 'full').map(([name]) => name)
  const waiting = order.filter(name => one.stand_by.includes(name) && !full.includes(name))
  must(!waiting.includes(one.examiner) && isDeepStrictEqual(one.stand_by, [...waiting, ...full]), 'others stand by')
}

function checkDrawn (all, seed) {
  const firsts = new Map()
  for (const one of all) {
    const name = one.drawn_as ?? one.consignment
    must(drawNumber(seed, name) === one.number, `the seed gives another number for ${one.consignment}`)
    const isChosen = one.number < one.chance
    if (!firsts.has(name)) {
      firsts.set(name, one)
      must(one.drawn_as === null || one.why !== 'given', `nothing was given before to ${one.consignment}`)
    }
    const first = firsts.get(name)
    must(first.drawn_as === null || first.chance === one.chance, `the share of ${one.consignment} was changed`)
    if (one.why === 'given') continue
    must(!(one.why === 'random' && one.lane === 'red' && !isChosen), `${one.consignment} was not drawn`)
    must(!isChosen || one.lane === 'red' || ['full', 'intelligence'].includes(one.why), `${one.consignment} was drawn`)
  }
  return [...firsts.values()]
}

function drawsOf (records, commitment) {
  const [drawn, allocations, rules, known] = [[], [], [], new Set()]
  for (const { opening, body } of records) {
    if (opening.type === 'allocation') {
      if (body.commitment === commitment) allocations.push(body)
      continue
    }
    must(opening.type === 'assessment', `a ${opening.type} is no draw`)
    const { consignment, number, chance, lane } = body
    if (body.draw === commitment && number !== null && chance !== null) {
      drawn.push({ consignment, number, chance, lane, why: body.why ?? 'none', drawn_as: body.drawn_as ?? null })
    }
    for (const draw of body.rule_draws ?? []) {
      const name = `${draw.drawn_as} ${draw.code}`
      if (draw.commitment !== commitment || known.has(name)) continue
      known.add(name)
      rules.push({ consignment, draw, is_asked: body.asked_by.includes(draw.code) })
    }
  }
  return { drawn, allocations, rules }
}

const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)$/

// To the microsecond, which Date does not have.
function moment (text) {
  const found = MOMENT.exec(text)
  must(found !== null && !Number.isNaN(Date.parse(`${found[1]}Z`)), `${text} is no time`)
  return `${found[1]}.${(found[2] ?? '').padEnd(6, '0')}`
}

function checkDraws (text, keys) {
  const told = parse(text)
  const names = ['day', 'seed', 'commitment', 'leaf', 'sealed', 'drawn', 'rules', 'allocations', 'evidence', 'statement']
  only(told, [...names, 'signature'], 'the file')
  must(/^([0-9a-f]{2}){32,}$/.test(told.seed), 'the seed is none')
  const seed = Buffer.from(told.seed, 'hex')
  must(hex(Buffer.from('cocket draw seed v1\0'), seed) === told.commitment, 'it is not the seed committed to')
  const [first, ...records] = told.evidence.map(one => checkRecord(one, keys))
  must(first?.opening.type === 'draw-seed', 'no seed was committed to')
  must(isDeepStrictEqual(first.body, { day: told.day, commitment: told.commitment }), 'another seed was committed to')
  must(first.index === told.leaf && moment(first.opening.time) === moment(told.sealed), 'it was committed to elsewhere')
  must(records.every(one => one.head.log !== first.head.log || one.index > first.index), 'a draw is older than its seed')
  const places = records.map(one => `${moment(one.opening.time)} ${one.head.log} ${String(one.index).padStart(16, '0')}`)
  must(places.every((place, at) => at === 0 || places[at - 1] < place), 'the records are out of order')
  const sealed = drawsOf(records, told.commitment)
  for (const name of ['drawn', 'allocations', 'rules']) {
    must(isDeepStrictEqual(told[name], sealed[name]), `${name} is not what was sealed`)
  }
  const firsts = checkDrawn(told.drawn, seed)
  for (const { consignment, draw, is_asked: isAsked } of told.rules) {
    must(drawNumber(seed, `${draw.drawn_as} rule ${draw.code}`) === draw.number, `a rule of ${consignment} is drawn otherwise`)
    must(isAsked === draw.number < draw.share, `a rule of ${consignment} was not applied as drawn`)
  }
  for (const one of told.allocations) checkAllocation(one, seed)
  checkAll(told, records, keys)
  const chosen = firsts.filter(one => one.number < one.chance).map(one => one.consignment)
  return { drawn: firsts.length, chosen, allocations: told.allocations.length, rules: told.rules.length }
}

function checkAll (told, records, keys) {
  const { log, size } = records.at(-1)?.head ?? openHead(told.evidence[0].proof.checkpoint, keys)
  const places = records.map(one => `${one.head.log} ${one.index}\n`).join('')
  const due = { all_draws: hex(places), commitment: told.commitment, count: records.length, head: size, log, v: 1 }
  must(isDeepStrictEqual(told.statement, due), 'the statement is about other records')
  const signature = bytes(told.signature, 'the signature')
  const own = keys.filter(key => key.name === `${family(log)}/receipts`)
  must(own.some(key => isSigned(key, json(due), signature)), 'no key of receipts has signed that these are all')
}

// ── Receipts, and what breaks them ──────────────────────────────────────────────────────────────────────────────────────

function checkPromise ({ promise, key, signature }, keys) {
  only(promise, ['commit', 'degraded', 'include_by', 'index', 'log', 'v'], 'the promise')
  const names = [`${family(promise.log)}/receipts`, `${promise.log}/receipts`]
  const signer = keys.find(one => names.includes(one.name) && `${one.name}+${one.id}` === key)
  must(signer !== undefined, 'there is no key for this receipt')
  must(isSigned(signer, json(promise), bytes(signature, 'the signature')), 'the promise is not signed')
}

function checkReceipt (text, keys) {
  const receipt = parse(text)
  only(receipt, ['kind', 'promise', 'key', 'signature', 'opening', 'nonce'], 'the receipt')
  must(receipt.kind === 'receipt' && receipt.promise.v === 1, 'it is no receipt')
  checkPromise(receipt, keys)
  if (receipt.opening !== null) checkOpening(bytes(receipt.promise.commit, 'the commitment'), receipt.opening, receipt.nonce)
  return { index: receipt.promise.index }
}

function convict (text, keys) {
  const evidence = parse(text).alarm?.promise
  must(evidence, 'there is no evidence of a broken promise')
  checkPromise(evidence, keys)
  const promise = evidence.promise
  if (evidence.statement) {
    const told = readStatement(evidence.statement, keys)
    must(told.log === promise.log, 'the statement is of another log')
    must(moment(told.at) >= moment(promise.include_by), 'the statement was made before')
    must(told.size <= promise.index, 'the head stated reaches so far')
    return { broken: 'late' }
  }
  const head = openHead(evidence.checkpoint, keys)
  must(head.log === promise.log, 'the head is of another log')
  const entry = bytes(evidence.entry, 'the entry')
  isIncluded(leafOf(entry), promise.index, head.size, evidence.path.map(one => bytes(one, 'a hash')), head.root)
  must(!entry.equals(entryOf(bytes(promise.commit, 'the commitment'))), 'the promise was kept')
  return { broken: 'another leaf' }
}

// ── The statement of a day ──────────────────────────────────────────────────────────────────────────────────────────────

const NUMBER = '(0|[1-9]\\d{0,15})'
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ'
const COUNTS = ['messages', 'advice', 'draws', 'looks', 'kept', 'open', 'broken']
const STATEMENT = new RegExp(
  `^([^\\n]+)\\nstatement\\nday (\\d{4}-\\d\\d-\\d\\d)\\nat (${TIME})\\nhead ${NUMBER} (\\S{44})\\n` +
  COUNTS.map(name => `${name} ${NUMBER}\\n`).join('') +
  `policies ([0-9a-f]{64})\\ntables (not compared|(?:equal|differ) up to ${NUMBER} at ${TIME})\\n$`
)

function readStatement (note, keys) {
  const log = note.split('\n')[0]
  const own = keys.filter(key => key.name === log)
  must(own.length > 0, `there is no key of ${log}`)
  const match = STATEMENT.exec(openNote(note, own, true))
  must(match !== null, 'it is no statement of a day')
  const [, , day, at, size, root, ...rest] = match
  must(bytes(root, 'the root').length === 32 && moment(at).slice(0, 10) > day, 'it was not made after its day')
  const counts = Object.fromEntries(COUNTS.map((name, place) => [name, Number(rest[place])]))
  return { log, day, at, size: Number(size), ...counts, policies: rest[7], tables: rest[8] }
}

// ── The command ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const CHECKS = { draws: checkDraws, advice: checkAdvice, receipt: checkReceipt, convict, statement: readStatement }

function answer (kind, text, keys) {
  try {
    return { agrees: true, ...CHECKS[kind](text, keys) }
  } catch (error) {
    if (error instanceof Disagreement) return { agrees: false, why: error.message }
    // Whatever stands where something else must stand; a defect of this program would show in what must agree.
    if (error instanceof TypeError || error instanceof SyntaxError) return { agrees: false, why: `it is malformed: ${error.message}` }
    throw error
  }
}

function * asked (kind, file) {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  if (file === '-') {
    for (const line of text.split('\n').filter(Boolean)) yield JSON.parse(line)
  } else if (kind === 'advice') {
    for (const line of text.split('\n').filter(Boolean)) yield { kind, file: line }
  } else yield { kind, file: text }
}

const [kind, file, keyFile] = process.argv.slice(2)
if (!(kind in CHECKS) || keyFile === undefined) {
  console.error(`recompute.mjs ${Object.keys(CHECKS).join('|')} FILE KEYS`)
  process.exit(2)
}
const keys = readKeys(readFileSync(keyFile, 'utf8'))
for (const one of asked(kind, file)) {
  const said = answer(one.kind, one.file, keys)
  console.log(JSON.stringify(said))
  if (!said.agrees) process.exitCode = 1
}

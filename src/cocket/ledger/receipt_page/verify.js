// SPDX-License-Identifier: Apache-2.0
// Checks a receipt or proof in the browser, with nothing but this page: no server, no other file, no request.
// It reads every form that `cocket receipt verify` reads and makes the same checks. SHA-2 and Ed25519 are the browser's
// own where it has them; where not (an old browser, a page that is not "secure"), they are done here.
"use strict";

const Verifier = (() => {
  // ---- bytes -------------------------------------------------------------------------------------------------------
  const utf8 = (text) => new TextEncoder().encode(text);
  const concat = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return whole;
  };
  const equal = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

  class Malformed extends Error {}
  const refuse = (code) => { throw new Malformed(code); };

  /** Base64 in its one canonical spelling. */
  const fromBase64 = (text) => {
    let bytes;
    try { bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)); } catch { refuse("base64"); }
    return toBase64(bytes) === text ? bytes : refuse("base64");
  };
  const fromUtf8 = (bytes) => {
    try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { return refuse("text"); }
  };

  // ---- SHA-2 (FIPS 180-4): its constants are roots of the first primes, made here rather than written down ----------
  const constants = (() => {
    const mask = (1n << 64n) - 1n;
    const root = (value, power) => {
      let low = 0n, high = 1n << 80n;
      while (high - low > 1n) {
        const middle = (low + high) >> 1n;
        if (middle ** power <= value) low = middle; else high = middle;
      }
      return low;
    };
    const primes = [];
    for (let n = 2; primes.length < 80; n++) if (primes.every((prime) => n % prime)) primes.push(n);
    const start = primes.slice(0, 8).map((prime) => root(BigInt(prime) << 128n, 2n) & mask);
    const rounds = primes.map((prime) => root(BigInt(prime) << 192n, 3n) & mask);
    return { start, rounds };
  })();

  const padded = (bytes, block) => {
    const length = bytes.length + 1 + block / 8;
    const whole = new Uint8Array(Math.ceil(length / block) * block);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    new DataView(whole.buffer).setBigUint64(whole.length - 8, BigInt(bytes.length) * 8n);
    return new DataView(whole.buffer);
  };

  const ownSha256 = (bytes) => {
    const k = Uint32Array.from(constants.rounds.slice(0, 64), (word) => Number(word >> 32n));
    const state = Uint32Array.from(constants.start, (word) => Number(word >> 32n));
    const turn = (word, by) => (word >>> by) | (word << (32 - by));
    const view = padded(bytes, 64);
    const w = new Uint32Array(64);
    for (let block = 0; block < view.byteLength; block += 64) {
      for (let t = 0; t < 16; t++) w[t] = view.getUint32(block + 4 * t);
      for (let t = 16; t < 64; t++) {
        const x = w[t - 15], y = w[t - 2];
        w[t] = w[t - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[t - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let t = 0; t < 64; t++) {
        const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[t] + w[t]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] += word; });
    }
    const out = new DataView(new ArrayBuffer(32));
    state.forEach((word, at) => out.setUint32(4 * at, word));
    return new Uint8Array(out.buffer);
  };

  const ownSha512 = (bytes) => {
    const cut = (word) => BigInt.asUintN(64, word);
    const turn = (word, by) => cut((word >> by) | (word << (64n - by)));
    const state = [...constants.start];
    const view = padded(bytes, 128);
    for (let block = 0; block < view.byteLength; block += 128) {
      const w = Array.from({ length: 16 }, (_, t) => view.getBigUint64(block + 8 * t));
      for (let t = 16; t < 80; t++) {
        const x = w[t - 15], y = w[t - 2];
        w.push(cut(w[t - 16] + (turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n)) + w[t - 7] + (turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n))));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let t = 0; t < 80; t++) {
        const one = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & g)) + constants.rounds[t] + w[t];
        const two = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, cut(d + one), c, b, a, cut(one + two)];
      }
      [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] = cut(state[at] + word); });
    }
    const out = new DataView(new ArrayBuffer(64));
    state.forEach((word, at) => out.setBigUint64(8 * at, word));
    return new Uint8Array(out.buffer);
  };

  const subtle = () => (globalThis.crypto && globalThis.crypto.subtle) || null;
  const sha256 = async (bytes) => (subtle() ? new Uint8Array(await subtle().digest("SHA-256", bytes)) : ownSha256(bytes));

  // ---- Ed25519 (RFC 8032 §5.1.7): the browser's own, else the curve in large whole numbers ---------------------------
  const P = 2n ** 255n - 19n;
  const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (value, by = P) => ((value % by) + by) % by;
  const power = (base, exponent) => {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
    return result;
  };
  const D = mod(-121665n * power(121666n, P - 2n));
  const little = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

  const point = (bytes) => {
    const sign = BigInt(bytes[31] >> 7);
    const y = little(bytes) & ((1n << 255n) - 1n);
    if (y >= P) return null;
    const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
    let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
    if (mod(v * x * x) === mod(-u)) x = mod(x * power(2n, (P - 1n) / 4n));
    if (mod(v * x * x) !== u || (x === 0n && sign === 1n)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  };
  const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
    const c = mod(2n * D * t1 * t2), d = mod(2n * z1 * z2);
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  };
  const times = (scalar, base) => {
    let result = [0n, 1n, 1n, 0n];
    for (let s = scalar, p = base; s > 0n; s >>= 1n, p = add(p, p)) if (s & 1n) result = add(result, p);
    return result;
  };
  const ownVerify = (key, message, signature) => {
    const base = point(Uint8Array.from([0x58, ...Array(31).fill(0x66)]));
    const a = point(key), r = point(signature.slice(0, 32)), s = little(signature.slice(32));
    if (!a || !r || s >= ORDER) return false;
    const k = mod(little(ownSha512(concat(signature.slice(0, 32), key, message))), ORDER);
    const [x1, y1, z1] = times(s, base), [x2, y2, z2] = add(r, times(k, a));
    return mod(x1 * z2) === mod(x2 * z1) && mod(y1 * z2) === mod(y2 * z1);
  };

  const signed = async (key, message, signature) => {
    if (key.length !== 32 || signature.length !== 64) return false;
    try {
      const own = await subtle().importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      return await subtle().verify({ name: "Ed25519" }, own, signature, message);
    } catch {
      return ownVerify(key, message, signature);
    }
  };

  // ---- CBOR (RFC 8949): what a COSE receipt is made of, and nothing else ---------------------------------------------
  const readCbor = (bytes) => {
    let at = 0;
    const take = (count) => (at + count > bytes.length ? refuse("cbor") : bytes.slice(at, (at += count)));
    const item = (depth) => {
      if (depth > 16) refuse("cbor");
      const [first] = take(1);
      const kind = first >> 5, short = first & 31;
      if (short > 27) refuse("cbor");
      const count = short < 24 ? short : Number(take(1 << (short - 24)).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
      if (kind === 7) return { 20: false, 21: true, 22: null }[first & 31] ?? (first === 0xf6 ? null : refuse("cbor"));
      if (!Number.isSafeInteger(count)) refuse("cbor");
      if (kind === 0) return count;
      if (kind === 1) return -1 - count;
      if (kind === 2) return take(count);
      if (kind === 3) return fromUtf8(take(count));
      if (kind === 6) return { tag: count, value: item(depth + 1) };
      if (count > bytes.length) refuse("cbor");
      if (kind === 4) return Array.from({ length: count }, () => item(depth + 1));
      const map = new Map();
      for (let pair = 0; pair < count; pair++) {
        const key = item(depth + 1);
        if (!["number", "string"].includes(typeof key) || map.has(key)) refuse("cbor");
        map.set(key, item(depth + 1));
      }
      return map;
    };
    const whole = item(0);
    return at === bytes.length ? whole : refuse("cbor");
  };
  const cborBytes = (bytes) => {
    const n = bytes.length;
    return concat(n < 24 ? [0x40 + n] : n < 256 ? [0x58, n] : [0x59, n >> 8, n & 255], bytes);
  };
  const toSign = (header, root) => concat([0x84, 0x6a], utf8("Signature1"), cborBytes(header), [0x40], cborBytes(root));
  const sign1 = (header, signature) => concat([0xd2, 0x84], cborBytes(header), [0xa0, 0xf6], cborBytes(signature));
  const splitSign1 = (bytes) => {
    const { tag, value } = readCbor(bytes) || {};
    if (tag !== 18 || !Array.isArray(value) || value.length !== 4) refuse("cose");
    const [header, loose, payload, signature] = value;
    if (!(header instanceof Uint8Array && loose instanceof Map && payload === null && signature instanceof Uint8Array)) refuse("cose");
    return { header, loose, signature };
  };

  // ---- the parts of a proof ------------------------------------------------------------------------------------------
  const text = (value) => (typeof value === "string" ? value : refuse("form"));
  const whole = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : refuse("form"));
  const fields = (value, names) => {
    const plain = value !== null && typeof value === "object" && !Array.isArray(value);
    return plain && Object.keys(value).sort().join() === names ? value : refuse("form");
  };
  const openingOf = (value) => {
    if (value === null) return null;
    Object.values(fields(value, "actor,content,subject,time,type")).forEach(text);
    const { actor, content, subject, time, type } = value;
    return { actor, content, subject, time, type };
  };
  const hash = (bytes) => (bytes instanceof Uint8Array && bytes.length === 32 ? bytes : refuse("form"));
  const optional = (value, read) => (value === null ? null : read(value));
  const base64 = (value) => fromBase64(text(value));

  /** The three lines of a head and the lines of its signatures. */
  const splitNote = (note) => {
    const at = note.lastIndexOf("\n\n");
    if (at < 0 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) refuse("checkpoint");
    const body = note.slice(0, at + 1);
    const [origin, size, root, ...more] = body.split("\n");
    if (more.at(-1) !== "" || !origin || !/^(0|[1-9][0-9]{0,15})$/.test(size) || more.slice(0, -1).includes("")) refuse("checkpoint");
    const lines = note.slice(at + 2, -1).split("\n").map((line) => {
      const match = /^— ([^\s+]+) ([^ ]+)$/.exec(line) || refuse("checkpoint");
      const data = fromBase64(match[2]);
      return data.length > 4 ? { name: match[1], id: hex(data.slice(0, 4)), data: data.slice(4) } : refuse("checkpoint");
    });
    return { body, origin, size: whole(Number(size)), root: hash(fromBase64(root)), lines };
  };

  const proofOf = ({ index, commit, checkpoint, path, opening, nonce }) => {
    splitNote(text(checkpoint));
    if (!Array.isArray(path) || path.length > 64) refuse("form");
    return { kind: "inclusion-proof", index: whole(index), commit: hash(commit), checkpoint, path: path.map(hash), opening, nonce };
  };

  const readJson = (source) => {
    let value;
    try { value = JSON.parse(source); } catch { refuse("form"); }
    if (value && value.kind === "receipt") {
      const { promise, key, signature, opening, nonce } = fields(value, "key,kind,nonce,opening,promise,signature");
      const { commit, degraded, include_by, index, log, v } = fields(promise, "commit,degraded,include_by,index,log,v");
      if (typeof degraded !== "boolean" || v !== 1) refuse("form");
      const said = { commit: text(commit), degraded, include_by: text(include_by), index: whole(index), log: text(log), v };
      return {
        kind: "receipt", promise: said, commit: hash(fromBase64(commit)), index, key: text(key), signature: base64(signature),
        opening: openingOf(opening), nonce: optional(nonce, base64),
      };
    }
    const { kind, index, commit, checkpoint, path, opening, nonce, v } = fields(value, "checkpoint,commit,index,kind,nonce,opening,path,v");
    if (kind !== "inclusion-proof" || v !== 1 || !Array.isArray(path)) refuse("form");
    return proofOf({
      index, commit: base64(commit), checkpoint, path: path.map(base64), opening: openingOf(opening), nonce: optional(nonce, base64),
    });
  };

  const readTlog = (source) => {
    const at = source.indexOf("\n\n");
    if (at < 0) refuse("form");
    const [, extra, index, ...path] = source.slice(0, at).split("\n");
    if (!/^extra \S+$/.test(extra) || !/^index (0|[1-9][0-9]{0,15})$/.test(index)) refuse("form");
    let said;
    try { said = JSON.parse(fromUtf8(fromBase64(extra.slice(6)))); } catch { refuse("form"); }
    const { commit, nonce, opening } = fields(said, "commit,nonce,opening");
    return proofOf({
      index: Number(index.slice(6)), commit: base64(commit), checkpoint: source.slice(at + 2), path: path.map(fromBase64),
      opening: openingOf(opening), nonce: optional(nonce, base64),
    });
  };

  const readCose = async (bytes) => {
    const { header, loose, signature } = splitSign1(bytes);
    const said = readCbor(header);
    const inclusion = loose.get(396) instanceof Map ? loose.get(396).get(-1) : null;
    const [lines, leaf] = [loose.get(-65538), loose.get(-65539)];
    const [claims, kid, size] = said instanceof Map ? [said.get(15), said.get(4), said.get(-65537)] : [];
    const isOurs = claims instanceof Map && kid instanceof Uint8Array && said.get(1) === -8 && said.get(395) === 1 && said.size === 5;
    if (!isOurs || !Array.isArray(inclusion) || inclusion.length !== 1 || !Array.isArray(lines) || !Array.isArray(leaf)) refuse("cose");
    const [stated, index, path] = readCbor(inclusion[0]);
    if (stated !== size || leaf.length !== 3 || lines.filter((line) => line === null).length !== 1) refuse("cose");
    const [commit, nonce, opening] = leaf;
    const origin = text(claims.get(1));
    const own = [origin, concat(kid, sign1(header, signature))];
    const root = await leadUp(hash(commit), whole(index), whole(size), path.map(hash));
    const written = lines.map((line) => line || own).map(([name, data]) => `— ${text(name)} ${toBase64(data)}\n`).join("");
    return proofOf({
      index, commit, checkpoint: `${origin}\n${size}\n${toBase64(root || refuse("path"))}\n\n${written}`, path,
      opening: openingOf(opening instanceof Map ? Object.fromEntries(opening) : opening), nonce,
    });
  };

  const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const readCodes = (source) => {
    const parts = new Map(), counts = new Set();
    for (const line of source.split(/\r?\n/).filter((one) => one.trim())) {
      const [, part, count, data] = /^COCKET:([1-9][0-9]?)\/([1-9][0-9]?):(.+)$/.exec(line.trim()) || refuse("codes");
      counts.add(Number(count));
      if ((parts.get(Number(part)) ?? data) !== data) refuse("codes");
      parts.set(Number(part), data);
    }
    const [count] = counts;
    if (counts.size !== 1 || parts.size !== count || Math.max(...parts.keys()) !== count) refuse("codes-missing");
    const joined = Array.from({ length: count }, (_, at) => parts.get(at + 1)).join("");
    const out = [];
    for (let at = 0; at < joined.length; at += 3) {
      const group = [...joined.slice(at, at + 3)].map((sign) => SIGNS.indexOf(sign));
      const value = group.reduceRight((sum, sign) => sum * 45 + sign, 0);
      if (group.includes(-1) || group.length === 1 || value >= 256 ** (group.length - 1)) refuse("codes");
      out.push(...(group.length === 3 ? [value >> 8, value & 255] : [value]));
    }
    return Uint8Array.from(out);
  };

  /** A receipt or proof in whichever form it is. */
  const read = async (bytes) => {
    if (bytes[0] === 0xd2) return readCose(bytes);
    const source = fromUtf8(bytes);
    if (source.trimStart().startsWith("COCKET:")) return read(readCodes(source));
    return source.startsWith("c2sp.org/tlog-proof@v1\n") ? readTlog(source) : readJson(source);
  };

  // ---- the checks ----------------------------------------------------------------------------------------------------
  const entryOf = (commit) => utf8(`{"commit":"${toBase64(commit)}","v":1}`);

  /** The root that a path leads to from a commitment (RFC 9162 §2.1.3.2); null if it does not fit its place. */
  const leadUp = async (commit, index, size, path) => {
    if (index >= size) return null;
    let node = await sha256(concat([0], entryOf(commit)));
    let place = BigInt(index), last = BigInt(size - 1);
    for (const sibling of path) {
      if (last === 0n) return null;
      const isRight = place & 1n || place === last;
      node = await sha256(isRight ? concat([1], sibling, node) : concat([1], node, sibling));
      while (isRight && !(place & 1n) && place) { place >>= 1n; last >>= 1n; }
      place >>= 1n;
      last >>= 1n;
    }
    return last === 0n ? node : null;
  };

  /** A public key from its line, `name+id+Base64`. */
  const readKey = async (line) => {
    const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line.trim()) || refuse("key");
    const data = fromBase64(encoded);
    if (data.length !== 33 || data[0] !== 1) refuse("key");
    const idOf = async (...type) => hex((await sha256(concat(utf8(`${name}\n`), ...type, data.slice(1)))).slice(0, 4));
    if ((await idOf([1])) !== id) refuse("key");
    return { name, id, public: data.slice(1), coseId: await idOf([0xff], utf8("cose-sign1-root")) };
  };

  const check = (name, outcome, reason, values = {}) => ({ name, outcome, reason, values });

  const checkSignatures = async (head, key) => {
    const checks = [];
    const ours = head.lines.filter((line) => line.name === key.name && line.id === key.id);
    const isSigned = ours.length === 1 && head.origin === key.name && (await signed(key.public, utf8(head.body), ours[0].data));
    checks.push(check("checkpoint", isSigned ? "passed" : "failed", ours.length ? "signature" : "no-signature", { log: key.name, size: head.size, id: `${key.name}+${key.id}` }));
    const issuer = (line) => { try { return readCbor(splitSign1(line.data).header).get(15).get(1); } catch { return null; } };
    const isKeys = (line) => line.name === key.name && line.id === key.coseId;
    const second = head.lines.filter((line) => isKeys(line) || issuer(line) === head.origin);
    if (second.length) {
      const holds = await Promise.all(second.filter(isKeys).map(async ({ data }) => {
        if (issuer({ data }) !== head.origin) return false;
        const { header, signature } = splitSign1(data);
        return readCbor(header).get(-65537) === head.size && signed(key.public, toSign(header, head.root), signature);
      }));
      checks.push(check("cose", holds.length === 1 && holds[0] ? "passed" : "failed", "cose", { log: key.name }));
    }
    return checks;
  };

  const checkOpening = async ({ commit, opening, nonce }, message) => {
    if (opening === null || nonce === null) {
      return [check("commitment", "not-checked", "withheld"), check("content", message ? "failed" : "not-checked", "withheld")];
    }
    const inner = await sha256(utf8(JSON.stringify(opening)));
    const opens = nonce.length === 32 && equal(await sha256(concat(nonce, inner)), commit);
    const found = message ? hex(await sha256(message)) : null;
    return [
      check("commitment", opens ? "passed" : "failed", "commitment", opening),
      found === null ? check("content", "not-checked", "no-message") : check("content", found === opening.content ? "passed" : "failed", "content", { found, wanted: opening.content }),
    ];
  };

  /** Every check there is for a receipt or proof; it holds if none failed. */
  const verify = async (proof, keyLines, message) => {
    const keys = await Promise.all(keyLines.split(/\n/).filter((line) => line.trim()).map(readKey));
    if (!keys.length) refuse("key");
    const opened = await checkOpening(proof, message);
    if (proof.kind === "receipt") {
      const key = keys.find((one) => `${one.name}+${one.id}` === proof.key);
      const holds = key && (await signed(key.public, utf8(JSON.stringify(proof.promise)), proof.signature));
      return [check("signature", holds ? "passed" : "failed", key ? "promise" : "no-key", { id: proof.key }), ...opened, check("inclusion", "not-checked", "promised", { time: proof.promise.include_by })];
    }
    const head = splitNote(proof.checkpoint);
    const key = keys.find((one) => head.lines.some((line) => line.name === one.name && line.id === one.id)) || keys[0];
    const root = await leadUp(proof.commit, proof.index, head.size, proof.path);
    const leads = root !== null && equal(root, head.root);
    return [
      ...(await checkSignatures(head, key)),
      check("inclusion", leads ? "passed" : "failed", "inclusion", { index: proof.index, size: head.size }),
      ...opened,
    ];
  };

  return { Malformed, read, verify, splitNote, hex, utf8 };
})();

// SPDX-License-Identifier: Apache-2.0
// What can be judged without a network: container numbers, figures as a language writes them, and the rules of entry, which
// the page is given as data and which the instance applies too.
"use strict";

const Rules = {
  // A container number with its check digit; null without the shape. Source: ISO 6346:2022, annex A.
  container(text) {
    const plain = text.toUpperCase().replace(/[\s\-./]/g, "");
    const found = /[A-Z]{3}[UJZ]\d{7}/.exec(plain);
    if (!found || (plain.length !== 11 && !/^[A-Z]{3}[UJZ]\d{7}/.test(plain))) return null;
    const number = found[0];
    let total = 0;
    for (let place = 0; place < 10; place += 1) {
      const sign = number[place];
      const letter = sign.charCodeAt(0) - 65;
      total += (letter < 0 ? Number(sign) : 10 + letter + Math.floor((9 + letter) / 10)) * 2 ** place;
    }
    return { number, agrees: Number(number[10]) === (total % 11) % 10 };
  },

  spaced: (number) => (/^[A-Z]{4}\d{7}$/.test(number) ? `${number.slice(0, 4)} ${number.slice(4, 10)} ${number.slice(10)}` : number),

  // A figure as plain decimal text; null if it is none, or could be two.
  decimal(text, hasComma) {
    const plain = text.replace(/\s/g, "");
    if (hasComma && /^(\d+|\d{1,3}(\.\d{3})+),\d+$/.test(plain)) return plain.replaceAll(".", "").replace(",", ".");
    if (!/^(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/.test(plain)) return null;
    if (hasComma && /^\d{1,3}([.,]\d{3})+(\.\d+)?$/.test(plain)) return null;
    const told = plain.replaceAll(",", "");
    return /^\d{1,15}(\.\d{1,6})?$/.test(told) ? told : null;
  },

  // A decimal as whole digits and how many of them are decimals; null where it is none.
  exact(told) {
    const parts = told === null || told === undefined ? null : /^([-−]?)(\d+)(?:\.(\d+))?$/.exec(String(told));
    return parts && { digits: BigInt(parts[2] + (parts[3] ?? "")) * (parts[1] ? -1n : 1n), places: (parts[3] ?? "").length };
  },

  // One decimal so many times, as plain decimal text; null where one is not known.
  times(one, other) {
    const [first, second] = [Rules.exact(one), Rules.exact(other)];
    if (!first || !second) return null;
    const places = first.places + second.places;
    const digits = String(first.digits * second.digits).padStart(places + 1, "0");
    return places ? `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "") : digits;
  },

  isAbove(one, other, times = 1) {
    const [first, second] = [Rules.exact(one), Rules.exact(other)];
    if (!first || !second) return false;
    return first.digits * 10n ** BigInt(second.places) > second.digits * BigInt(times) * 10n ** BigInt(first.places);
  },

  // Whether a condition holds of some facts. The words are those of `cocket.control.entry.holds`.
  holds([word, ...rest], facts) {
    if (word === "not") return !Rules.holds(rest[0], facts);
    if (word === "all") return rest.every((one) => Rules.holds(one, facts));
    if (word === "any") return rest.some((one) => Rules.holds(one, facts));
    if (word === "above") {
      const [one, other] = rest.slice(0, 2).map((told) => (typeof told === "string" ? facts[told] : told));
      return Rules.isAbove(one, other, rest[2] ?? 1);
    }
    const fact = facts[rest[0]];
    if (fact === null || fact === undefined || fact === "") return false;
    if (word === "has") return true;
    if (word === "is") return rest.slice(1).includes(fact);
    if (word === "same") return fact === facts[rest[1]];
    if (word === "like") return new RegExp(`^(?:${rest[1]})$`).test(fact);
    if (word === "listed") return (facts[rest[1]] ?? []).includes(fact);
    if (word === "digit") return Rules.container(fact)?.agrees === true;
    throw new Error(`There is no condition ${word}.`);
  },

  // Rules of a scope that some facts break, in order, of each field the first alone.
  broken(rules, scope, facts) {
    const said = new Set();
    return rules.filter((rule) => rule.scope === scope && !said.has(rule.field) && Rules.holds(rule.wrong, facts) && said.add(rule.field));
  },

  // Media type of a file by its first bytes; null for one of no kind that is taken.
  kindOf(bytes, kinds) {
    const has = ([at, mark]) => mark.match(/../g).every((two, place) => bytes[at + place] === parseInt(two, 16));
    return kinds.find((kind) => kind.marks.every(has))?.type ?? null;
  },

  // Whether a file is there to its end, as far as its kind says where that is. Source: ITU-T T.81; W3C PNG; RFC 9649;
  // TIFF 6.0; DICOM PS3.5, 7.1. A file that is whole may still not be drawn: that is for whoever draws it.
  isWhole(bytes, type) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      return { "image/jpeg": Rules.wholeJpeg, "image/png": Rules.wholePng, "image/webp": Rules.wholeWebp, "image/tiff": Rules.wholeTiff, "application/dicom": Rules.wholeDicom }[type]?.(view) ?? true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  },

  wholeJpeg(view) {
    let at = 2;
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) at += 2 + view.getUint16(at + 2);
    for (at += 2; at + 1 < view.byteLength; at += 1) if (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xd9) return true;
    return false;
  },

  wholePng(view) {
    for (let at = 8; ; at += 12 + view.getUint32(at)) if (view.getUint32(at + 4) === 0x49454e44) return at + 12 <= view.byteLength;
  },

  wholeWebp: (view) => view.getUint32(4, true) + 8 <= view.byteLength,

  wholeTiff(view) {
    const isLittle = view.getUint16(0) === 0x4949;
    const [short, long] = [(at) => view.getUint16(at, isLittle), (at) => view.getUint32(at, isLittle)];
    const start = long(4);
    const list = {};
    for (let entry = 0; entry < short(start); entry += 1) {
      const at = start + 2 + entry * 12;
      const [tag, kind, count] = [short(at), short(at + 2), long(at + 4)];
      const size = { 3: 2, 4: 4 }[kind];
      if (![273, 279, 324, 325].includes(tag) || !size) continue;
      const from = count * size <= 4 ? at + 8 : long(at + 8);
      list[tag] = Array.from({ length: count }, (_, place) => (size === 2 ? short(from + place * 2) : long(from + place * 4)));
    }
    const [starts, sizes] = [list[273] ?? list[324] ?? [], list[279] ?? list[325] ?? []];
    return starts.length > 0 && starts.every((from, place) => from + (sizes[place] ?? 0) <= view.byteLength);
  },

  wholeDicom(view) {
    const tag = (at) => view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true);
    const text = (at, size) => String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, size));
    let at = 132;
    let syntax = "";
    let rows = 0;
    while (at < view.byteLength) {
      const isHead = view.getUint16(at, true) === 2;
      if (!isHead && syntax !== "1.2.840.10008.1.2" && syntax !== "1.2.840.10008.1.2.1") return true;
      const isNamed = isHead || syntax !== "1.2.840.10008.1.2";
      const isLong = isNamed && ["OB", "OW", "OF", "OD", "OL", "SQ", "UC", "UR", "UT", "UN"].includes(text(at + 4, 2));
      const size = isNamed && !isLong ? view.getUint16(at + 6, true) : view.getUint32(at + (isLong ? 8 : 4), true);
      const from = at + (isLong ? 12 : 8);
      if (tag(at) === 0x00020010) syntax = text(from, size).replace(/[\0 ]+$/, "");
      if (tag(at) === 0x00280010) rows = view.getUint16(from, true);
      if (size === 0xffffffff) return true;
      if (tag(at) === 0x7fe00010) return rows > 0 && from + size <= view.byteLength;
      at = from + size;
    }
    return false;
  },

  // What a scanner's list says of each image: CSV with the columns file and verdict, or JSON with the same names, or JSON
  // of verdicts by file. `words` has the verdict for each word that means one. Null if it is no such list; of its lines
  // those whose verdict is no word of these are named.
  verdicts(text, words) {
    if (text.length > 65536) return null;
    const plain = text.replace(/^\uFEFF/, "").trim();
    let told;
    if (/^[[{]/.test(plain)) {
      try { told = JSON.parse(plain); } catch { return null; }
      told = Array.isArray(told) ? told.map((one) => [one?.file, one?.verdict]) : Object.entries(told);
    } else {
      const lines = plain.split(/\r?\n/).filter((line) => line.trim());
      const parting = [";", "\t", ","].find((sign) => lines[0]?.includes(sign));
      if (!parting) return null;
      const cells = (line) => line.split(parting).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1").replaceAll('""', '"'));
      const heads = cells(lines[0]).map((head) => head.toLowerCase());
      const [file, verdict] = [heads.indexOf("file"), heads.indexOf("verdict")];
      if (file < 0 || verdict < 0) return null;
      told = lines.slice(1).map((line) => [cells(line)[file], cells(line)[verdict]]);
    }
    if (!told.length || told.length > 500 || told.some(([file]) => typeof file !== "string" || !file)) return null;
    const found = { of: new Map(), unknown: [] };
    for (const [file, verdict] of told) {
      const name = file.split(/[\\/]/).pop().toLowerCase();
      const known = typeof verdict === "string" ? words.get(verdict.trim().toLowerCase()) : undefined;
      if (known) found.of.set(name, known);
      else found.unknown.push(file);
    }
    return found;
  },
};

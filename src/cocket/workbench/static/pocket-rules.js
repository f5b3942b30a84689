// SPDX-License-Identifier: Apache-2.0
// What can be judged without a network: container numbers, figures as a language writes them, counts against the papers.
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

  // Why "nothing found" is closed: a count or a tick that is not as declared; null while it is open.
  differs(order, draft) {
    if (draft.counted !== "" && draft.counted !== null && order.packages !== null && Number(draft.counted) !== order.packages)
      return { more: Number(draft.counted) - order.packages };
    for (const [number, tick] of Object.entries(draft.containers)) if (tick.state !== "here") return { number };
    for (const tick of Object.values(draft.seals)) if (tick.state !== "whole") return { number: tick.number };
    return null;
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

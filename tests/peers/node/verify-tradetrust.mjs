// SPDX-License-Identifier: Apache-2.0
// Verifies a document as TradeTrust does, with its own verifier and nothing but what is handed in: no chain, no network.
// In (stdin): a list of {"document": …, "known": {address: document}, "now": ISO time or nothing}.
// Out, of each: {"isValid": …, "fragments": [{type, name, status, reason}]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(import.meta.url); // the packages' other build does not load in Node
const { verifyDocument, isValid } = load("@trustvc/trustvc");
const bundled = load("@trustvc/w3c-context");
const contexts = Object.assign({}, ...Object.keys(bundled).filter((name) => /contexts/i.test(name)).map((name) => bundled[name]));
const Real = Date;

/** It takes no moment of verifying: its clock is set. */
const setClock = (now) => {
  globalThis.Date = !now ? Real : class extends Real {
    constructor(...given) {
      super(...(given.length ? given : [now]));
    }
    static now() {
      return new Real(now).getTime();
    }
  };
};

const judged = async ({ document, known, now }) => {
  const documentLoader = async (address) => {
    const name = address.split("#")[0];
    const found = known[address] ?? known[name] ?? contexts[name];
    if (!found) throw new Error(`nothing is known of ${address}`);
    return { contextUrl: null, documentUrl: address, document: found };
  };
  setClock(now);
  const fragments = await verifyDocument(document, { rpcProviderUrl: "http://127.0.0.1:9", documentLoader });
  const told = fragments.map(({ type, name, status, reason }) => ({ type, name, status, reason: reason?.message }));
  return { isValid: isValid(fragments), fragments: told };
};

const answers = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) answers.push(await judged(one));
process.stdout.write(JSON.stringify(answers) + "\n");

// SPDX-License-Identifier: Apache-2.0
// Verifies a document as TradeTrust does, with its own verifier and nothing but what is handed in: no chain, no network.
// In (stdin): {"document": …, "known": {address: document}}. Out: {"isValid": …, "fragments": [{type, name, status, reason}]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(import.meta.url); // the packages' other build does not load in Node
const { verifyDocument, isValid } = load("@trustvc/trustvc");
const bundled = load("@trustvc/w3c-context");
const contexts = Object.assign({}, ...Object.keys(bundled).filter((name) => /contexts/i.test(name)).map((name) => bundled[name]));
const { document, known } = JSON.parse(readFileSync(0, "utf8"));

const documentLoader = async (address) => {
  const name = address.split("#")[0];
  const found = known[address] ?? known[name] ?? contexts[name];
  if (!found) throw new Error(`nothing is known of ${address}`);
  return { contextUrl: null, documentUrl: address, document: found };
};

const fragments = await verifyDocument(document, { rpcProviderUrl: "http://127.0.0.1:9", documentLoader });
const told = fragments.map(({ type, name, status, reason }) => ({ type, name, status, reason: reason?.message }));
process.stdout.write(JSON.stringify({ isValid: isValid(fragments), fragments: told }) + "\n");

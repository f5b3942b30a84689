// SPDX-License-Identifier: Apache-2.0
// Verifies a W3C credential as Digital Bazaar's library does, status lists too, with nothing but what is handed in.
// In (stdin): a list of {"document": …, "known": {address: document}, "now": ISO time or null}.
// Out, of each: {"isValid": …, "isSigned": …, "reason": …}.
import { readFileSync } from "node:fs";
import { createVerifyCryptosuite } from "@digitalbazaar/ecdsa-sd-2023-cryptosuite";
import { contexts } from "@digitalbazaar/credentials-context";
import { cryptosuite as eddsa } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import * as vc from "@digitalbazaar/vc";

const judged = async ({ document, known, now }) => {
  const documentLoader = async (address) => {
    const found = known[address] ?? known[address.split("#")[0]] ?? contexts.get(address);
    if (!found) throw new Error(`nothing is known of ${address}`);
    return { contextUrl: null, documentUrl: address, document: found };
  };
  const suite = [
    new DataIntegrityProof({ cryptosuite: eddsa }),
    new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() }),
  ];
  const given = { suite, documentLoader, ...(now ? { now: new Date(now) } : {}) };
  const reasonOf = (result) => {
    const errors = [result.error, ...(result.error?.errors ?? []), result.statusResult?.error];
    return errors.filter(Boolean).map((one) => String(one.message ?? one)).join("; ") || undefined;
  };
  const signed = await vc.verifyCredential({ ...given, credential: document, checkStatus: async () => ({ verified: true }) });
  const whole = await vc.verifyCredential({
    ...given,
    credential: document,
    checkStatus: async (options) => {
      const found = await checkStatus({ ...options, ...given, verifyBitstringStatusListCredential: true });
      return { ...found, verified: found.verified && found.results.every(({ status }) => !status) };
    },
  });
  return { isValid: whole.verified, isSigned: signed.verified, reason: reasonOf(whole) };
};

const answers = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) answers.push(await judged(one));
process.stdout.write(JSON.stringify(answers) + "\n");

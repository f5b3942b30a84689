// SPDX-License-Identifier: Apache-2.0
// Verifies an SD-JWT VC as its JavaScript implementation does, with its status list, and nothing but what is handed in.
// In (stdin): a list of {"presented": …, "jwk": …, "holder": jwk or null, "nonce": text or null, "list": token or null,
//              "listJwk": the key that signed it, "asked": names of claims that must be shown, "now": ISO time or null}. Out, of each: {"isValid": …, "claims": …, "isBound": …, "audience": …, "reason": …}.
import { readFileSync } from "node:fs";
import { digest, ES256, generateSalt } from "@sd-jwt/crypto-nodejs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";

const judged = async ({ presented, jwk, holder, nonce, list, listJwk, asked, now }) => {
  const verifier = await ES256.getVerifier(jwk);
  const instance = new SDJwtVcInstance({
    verifier,
    statusVerifier: listJwk ? await ES256.getVerifier(listJwk) : undefined,
    statusListFetcher: async (address) => {
      if (!list) throw new Error(`no status list is known at ${address}`);
      return list;
    },
    kbVerifier: holder ? await ES256.getVerifier(holder) : undefined,
    hasher: digest,
    hashAlg: "sha-256",
    saltGenerator: generateSalt,
  });
  const options = {
    ...(asked ? { requiredClaimKeys: asked } : {}),
    ...(nonce ? { keyBindingNonce: nonce } : {}),
    ...(now ? { currentDate: Math.floor(new Date(now).getTime() / 1000) } : {}),
  };
  let answer;
  try {
    const { payload, kb } = await instance.verify(presented.trim(), options);
    answer = { isValid: true, claims: payload, isBound: Boolean(kb), audience: kb?.payload.aud };
  } catch (error) {
    answer = { isValid: false, reason: String(error.message) };
  }
  return answer;
};

const answers = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) answers.push(await judged(one));
process.stdout.write(JSON.stringify(answers) + "\n");

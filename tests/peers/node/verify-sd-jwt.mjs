// SPDX-License-Identifier: Apache-2.0
// Verifies an SD-JWT VC as its JavaScript implementation does, with nothing but the key that is handed in.
// In (stdin): {"presented": …, "jwk": …, "holder": jwk or null, "nonce": text or null}. Out: {"isValid": …, "claims": …, "reason": …}.
import { readFileSync } from "node:fs";
import { digest, ES256, generateSalt } from "@sd-jwt/crypto-nodejs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";

const { presented, jwk, holder, nonce } = JSON.parse(readFileSync(0, "utf8"));
const instance = new SDJwtVcInstance({
  verifier: await ES256.getVerifier(jwk),
  kbVerifier: holder ? await ES256.getVerifier(holder) : undefined,
  hasher: digest,
  hashAlg: "sha-256",
  saltGenerator: generateSalt,
});
let answer;
try {
  const { payload, kb } = await instance.verify(presented, nonce ? { keyBindingNonce: nonce } : {});
  answer = { isValid: true, claims: payload, isBound: Boolean(kb) };
} catch (error) {
  answer = { isValid: false, reason: String(error.message) };
}
process.stdout.write(JSON.stringify(answer) + "\n");

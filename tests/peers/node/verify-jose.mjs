// SPDX-License-Identifier: Apache-2.0
// Verifies the token of an SD-JWT and, if asked, its holder's signature, as `jose` does: signatures, times and audience.
// In (stdin): a list of {"presented": …, "jwk": …, "holder": jwk or null, "nonce": …, "audience": …, "now": ISO time or null}.
// Out, of each: {"isValid": …, "reason": …}.
import { readFileSync } from "node:fs";
import { importJWK, jwtVerify } from "jose";

const judged = async ({ presented, jwk, holder, nonce, audience, now }) => {
  const parts = presented.trim().split("~");
  const currentDate = now ? new Date(now) : undefined;
  let answer;
  try {
    await jwtVerify(parts[0], await importJWK(jwk, "ES256"), { currentDate });
    if (holder) {
      const key = await importJWK(holder, "ES256");
      const { payload } = await jwtVerify(parts.at(-1), key, { typ: "kb+jwt", audience, currentDate });
      if (payload.nonce !== nonce) throw new Error("another nonce");
    }
    answer = { isValid: true };
  } catch (error) {
    answer = { isValid: false, reason: String(error.message) };
  }
  return answer;
};

const answers = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) answers.push(await judged(one));
process.stdout.write(JSON.stringify(answers) + "\n");

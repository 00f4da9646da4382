import t from "tap";
import { hasSecret, withoutSecrets } from "../../../src/core/dm/secrets.ts";

const rows: readonly (readonly [type: string, params: string, shown: string])[] = [
  ["crypt", "aes-xts-plain64 00aa 0 8:0 0 1 allow_discards", "aes-xts-plain64 ? 0 8:0 0 1 allow_discards"],
  ["crypt", "aes-xts-plain64 :64:logon:k 0 8:0 0", "aes-xts-plain64 :64:logon:k 0 8:0 0"],
  ["crypt", "cipher_null-ecb - 0 8:0 0", "cipher_null-ecb - 0 8:0 0"],
  [
    "integrity",
    "8:0 0 32 J 2 internal_hash:hmac(sha256):00aa journal_mac:hmac(sha256):00bb",
    "8:0 0 32 J 2 internal_hash:hmac(sha256):? journal_mac:hmac(sha256):?",
  ],
  ["integrity", "8:0 0 4 J 1 internal_hash:crc32c", "8:0 0 4 J 1 internal_hash:crc32c"],
  ["linear", "8:0 0", "8:0 0"],
];

t.test("keys in table lines are found and not shown", async (t) => {
  for (const [type, params, shown] of rows) {
    const line = { start: 0, length: 8, type, params };
    t.strictSame(withoutSecrets(line), { ...line, params: shown }, params);
    t.equal(hasSecret(line), shown !== params);
  }
});

// Check an inclusion proof: is this person's balance counted under the root that was signed? (docs/spec/proof.md)
// Written from fixtures/README.md; por/liabilities/verify.py and the Rust kernel are the other two, over one set of vectors.
(function (por) {
  "use strict";

  const { PorError, fields, hex, joined, sameBytes, sha256 } = por;
  const FORMAT = "por-proof/1";
  const LIMIT = 1n << 128n; // sums and amounts stay below it; the tree's fields are 16 bytes wide
  const MAX_DECIMALS = 77;
  const MAX_PIECES = 256;
  const AT_ONCE = 64; // pieces whose paths are hashed side by side: the browser hashes beside this thread
  const ACCOUNT_ID = /^[\x21-\x7e]{1,255}$/;
  const UNITS = /^(?:0|[1-9][0-9]{0,38})$/;
  const ASSET = /^[A-Z0-9][A-Z0-9.-]{0,31}(?::[a-z-]{1,24})?$/;

  // Lets the reader scroll, type and go away in between.
  const pause = () => new Promise((resume) => { setTimeout(resume); });

  const malformed = (where, what) => new PorError("proof-malformed", where, what);
  const statementMalformed = (where, what) => new PorError("statement-malformed", where, what);
  const whole = (pattern, text) => typeof text === "string" && !text.endsWith("\n") && pattern.test(text);

  function units(text, where) {
    if (!whole(UNITS, text)) throw new PorError("amount-not-canonical", where, "not an amount in base units");
    const value = BigInt(text);
    if (value >= LIMIT) throw new PorError("amount-too-large", where, "2^128 or more");
    return value;
  }

  function checkAccountId(accountId) {
    if (!whole(ACCOUNT_ID, accountId)) {
      throw new PorError("account-id-malformed", "account id", "not 1 to 255 characters of printable ASCII");
    }
    return accountId;
  }

  // --- the statement's table -------------------------------------------------------------------------------------

  const ROW = {
    asset: "string", count: "integer", decimals: "integer", excluded: "object", pieces: "integer", root: "string",
    split_above: "string", total: "string",
  };

  // Read the rows of a statement's table into a Map from asset to what the tree must be.
  const parseAssets = (rows, where) => readAssets(checkAssetForms(rows, where), where);

  // Keys and types of all rows, before the values of the first.
  function checkAssetForms(rows, where) {
    if (!Array.isArray(rows)) throw statementMalformed(where, "not a list of assets");
    rows.forEach((row, at) => {
      fields(row, ROW, `${where}[${at}]`, statementMalformed);
      fields(row.excluded, { rows: "integer", amount: "string" }, `${where}[${at}].excluded`, statementMalformed);
    });
    return rows;
  }

  function readAssets(rows, where) {
    const found = rows.map((row, at) => parseRow(row, `${where}[${at}]`));
    const roots = new Map();
    let before = "";
    for (const row of found) {
      if (roots.has(row.asset)) throw new PorError("statement-asset-repeated", where, `${row.asset} stands twice`);
      if (row.asset < before) throw new PorError("statement-asset-order", where, "not sorted by asset");
      roots.set(row.asset, row);
      before = row.asset;
    }
    return roots;
  }

  function parseRow(row, where) {
    if (!whole(ASSET, row.asset)) throw new PorError("asset-malformed", `${where}.asset`, "not an asset's code");
    range(row.decimals, 0, MAX_DECIMALS, `${where}.decimals`);
    range(row.count, 0, por.INTEGER_LIMIT - 1, `${where}.count`);
    range(row.pieces, 1, MAX_PIECES, `${where}.pieces`);
    range(row.excluded.rows, 0, por.INTEGER_LIMIT - 1, `${where}.excluded.rows`);
    const found = {
      asset: row.asset,
      decimals: row.decimals,
      count: row.count,
      pieces: row.pieces,
      total: units(row.total, `${where}.total`),
      splitAbove: units(row.split_above, `${where}.split_above`),
      excludedRows: row.excluded.rows,
      excludedAmount: units(row.excluded.amount, `${where}.excluded.amount`),
      root: hex(row.root, 32, `${where}.root`),
    };
    if (found.pieces === 1 && found.splitAbove !== 0n) throw statementMalformed(where, "one piece, and a bound for more");
    return found;
  }

  function range(value, low, high, where) {
    if (value < low || value > high) throw statementMalformed(where, `not ${low} to ${high}`);
  }

  // --- the proof -------------------------------------------------------------------------------------------------

  // Return [{asset, decimals, amount, pieces: [{index, steps}]}] for a decoded proof; throw PorError otherwise.
  // `snapshotId` and `roots` come from a statement whose signature was checked, never from the proof.
  // `progress` is called now and then with the share of the hashes that is done.
  async function verifyProof(proof, { snapshotId, roots, accountId, progress = () => {} }) {
    checkAccountId(accountId);
    checkForm(proof);
    await pause();
    const { id, entries } = readValues(proof);
    await pause();
    if (!sameBytes(id, snapshotId)) throw new PorError("snapshot-mismatch", "proof", "for another snapshot");
    checkAssets(entries, roots);
    for (const entry of entries) checkShape(entry, roots.get(entry.asset));
    const pieces = entries.flatMap((entry) => entry.pieces.map((piece) => ({ piece, root: roots.get(entry.asset) })));
    const shown = [];
    for (let at = 0; at < pieces.length; at += AT_ONCE) {
      const some = pieces.slice(at, at + AT_ONCE).map(({ piece, root }) => checkHashes(piece, root, accountId));
      // all of them end before the first fault in the order of the document is told
      for (const done of await Promise.allSettled(some)) {
        if (done.status === "rejected") throw done.reason;
        shown.push(done.value);
      }
      progress(shown.length / pieces.length);
      await pause();
    }
    return entries.map((entry) => ({
      asset: entry.asset,
      decimals: roots.get(entry.asset).decimals,
      amount: entry.pieces.reduce((sum, piece) => sum + piece.amount, 0n),
      pieces: shown.splice(0, entry.pieces.length),
    }));
  }

  function checkForm(proof) {
    if (por.kind(proof) !== "object" || typeof proof.format !== "string") throw malformed("proof", "without a format");
    if (proof.format !== FORMAT) throw new PorError("proof-format", "proof", `not of the format ${FORMAT}`);
    const top = { format: "string", snapshot_id: "string", entries: "array" };
    fields(proof, top, "proof", malformed, { attestation: "object" });
    each(proof.entries, "entries", (entry, at) => {
      fields(entry, { asset: "string", pieces: "array" }, at, malformed);
      each(entry.pieces, `${at}.pieces`, (piece, place) => {
        fields(piece, { amount: "string", nonce: "string", index: "integer", path: "array" }, place, malformed);
        each(piece.path, `${place}.path`, (step, here) => fields(step, { hash: "string", sum: "string" }, here, malformed));
      });
    });
    if ("attestation" in proof) {
      fields(proof.attestation, { digest: "string" }, "attestation", malformed, { envelope: "object" });
    }
  }

  function readValues(proof) {
    const id = hex(proof.snapshot_id, 32, "snapshot_id");
    if ("attestation" in proof) hex(proof.attestation.digest, 32, "attestation.digest");
    const entries = each(proof.entries, "entries", (entry, at) => ({
      where: at,
      asset: entry.asset,
      pieces: each(entry.pieces, `${at}.pieces`, (piece, place) => ({
        where: place,
        amount: units(piece.amount, `${place}.amount`),
        nonce: hex(piece.nonce, 16, `${place}.nonce`),
        index: piece.index,
        path: each(piece.path, `${place}.path`, (step, here) => ({
          hash: hex(step.hash, 32, `${here}.hash`),
          sum: units(step.sum, `${here}.sum`),
        })),
      })),
    }));
    return { id, entries };
  }

  function checkAssets(entries, roots) {
    const seen = [];
    for (const entry of entries) {
      if (seen.includes(entry.asset)) throw new PorError("asset-repeated", entry.where, "an asset stands twice");
      if (seen.length && byCodePoint(entry.asset, seen.at(-1)) < 0) {
        throw new PorError("asset-order", entry.where, "entries are not sorted by asset");
      }
      if (!roots.has(entry.asset)) throw new PorError("asset-unknown", entry.where, "the statement has no such asset");
      seen.push(entry.asset);
    }
  }

  function byCodePoint(left, right) {
    const [ours, theirs] = [Array.from(left), Array.from(right)];
    for (let at = 0; at < Math.min(ours.length, theirs.length); at += 1) {
      const difference = ours[at].codePointAt(0) - theirs[at].codePointAt(0);
      if (difference !== 0) return difference;
    }
    return ours.length - theirs.length;
  }

  // Everything that (count, pieces, split_above) of the statement fixes, before anything is hashed.
  function checkShape(entry, root) {
    for (const piece of entry.pieces) {
      if (!(piece.index >= 0 && piece.index < root.count)) {
        throw new PorError("index-out-of-range", piece.where, `there is no such leaf of ${root.count}`);
      }
      const wanted = pathSides(piece.index, root.count).length;
      if (piece.path.length !== wanted) throw new PorError("path-length", piece.where, `not ${wanted} steps`);
    }
    if (new Set(entry.pieces.map((piece) => piece.index)).size !== entry.pieces.length) {
      throw new PorError("index-repeated", entry.where, "two pieces are one leaf");
    }
    const balance = entry.pieces.reduce((sum, piece) => sum + piece.amount, 0n);
    if (balance >= LIMIT) throw new PorError("sum-overflow", entry.where, "the pieces add up to 2^128 or more");
    const expected = balance > root.splitAbove ? root.pieces : 1;
    if (entry.pieces.length !== expected) throw new PorError("pieces-count", entry.where, `not ${expected} pieces`);
  }

  // From leaf `index` of `count` up: whether each sibling stands on the left (RFC 9162 2.1.1). Plain division, because
  // bit operations of this language end at 32 bits.
  function pathSides(index, count) {
    const sides = [];
    for (let here = index, last = count - 1; last > 0; here = Math.floor(here / 2), last = Math.floor(last / 2)) {
      if (here % 2 === 1 || here < last) sides.push(here % 2 === 1);
    }
    return sides;
  }

  async function checkHashes(piece, root, accountId) {
    let here = { hash: await hashLeaf(piece.nonce, piece.amount, accountId), sum: piece.amount };
    const steps = [{ ...here, side: null, sibling: null }];
    for (const [at, left] of pathSides(piece.index, root.count).entries()) {
      const sibling = piece.path[at];
      const sum = here.sum + sibling.sum;
      const hash = left ? await hashNode(sibling, here) : await hashNode(here, sibling);
      if (sum >= LIMIT) throw new PorError("sum-overflow", piece.where, "the sums of the path reach 2^128");
      here = { hash, sum };
      steps.push({ ...here, side: left ? "left" : "right", sibling });
    }
    if (!sameBytes(here.hash, root.root)) throw new PorError("root-mismatch", piece.where, "it does not lead to the root");
    if (here.sum !== root.total) throw new PorError("total-mismatch", piece.where, "its sums are not the total");
    return { index: piece.index, amount: piece.amount, steps };
  }

  const hashLeaf = (nonce, amount, accountId) =>
    sha256(joined([0], nonce, u128(amount), new TextEncoder().encode(accountId)));

  const hashNode = (left, right) => sha256(joined([1], left.hash, u128(left.sum), right.hash, u128(right.sum)));

  const u128 = (value) => hex(value.toString(16).padStart(32, "0"), 16, "a sum");

  const each = (list, where, look) => list.map((item, at) => look(item, `${where}[${at}]`));

  // Base units as an exact decimal of whole units with thousands separators.
  function showUnits(amount, decimals) {
    const scale = 10n ** BigInt(decimals);
    const rest = decimals === 0 ? "" : (amount % scale).toString().padStart(decimals, "0").replace(/0+$/, "");
    return (amount / scale).toString().replace(/\B(?=(?:[0-9]{3})+$)/g, ",") + (rest ? `.${rest}` : "");
  }

  Object.assign(por, {
    checkAccountId, checkAssetForms, parseAssets, pathSides, pause, readAssets, showUnits, units, verifyProof,
  });
})((globalThis.por ??= {}));

// What each code of an error means, in English and Japanese; the codes are those of all verifiers. Of the kind "claim"
// are those where something does not hold; the others could not be checked.
(function (por) {
  "use strict";

  const PROOF = ["input", "The proof is not of the form that the exchange's program makes.", "証明ファイルの内容が正しくありません。"];
  const STATEMENT = ["input", "The signed statement is not of the form that this page knows.", "報告書の内容が正しくありません。"];
  const VALUE = ["input", "A value in the file cannot be read.", "ファイルの内容を読み取れません。"];
  const SHAPE = [
    "claim", "The proof does not fit the tree that the exchange signed.", "証明ファイルの内容が、署名された報告書と合いません。",
  ];
  const KEY_FILE = ["input", "The key file is not of the form that it should have.", "鍵一覧のファイルの形式が正しくありません。"];

  const ERRORS = {
    "json-malformed": ["input", "The file is damaged, or it is not a proof.", "証明ファイルではないか、ファイルが壊れています。"],
    "json-not-canonical": ["input", "The file was changed by an editor or on its way.", "ファイルがエディターや転送の途中で変更されています。"],
    "file-too-large": ["input", "The file is too large to be a proof.", "ファイルが大きすぎます。"],
    "proof-malformed": PROOF,
    "proof-format": ["input", "The proof is of a newer kind than this page knows.", "このページが対応していない新しい形式の証明ファイルです。"],
    "hex-malformed": VALUE,
    "base64-malformed": VALUE,
    "amount-not-canonical": VALUE,
    "amount-too-large": VALUE,
    "asset-malformed": VALUE,
    "time-malformed": VALUE,
    "text-malformed": ["input", "A text has characters that could mislead.", "使えない文字があるか、長さが正しくない文字列があります。"],
    "envelope-malformed": ["input", "The signed statement in the file is damaged.", "署名付き報告書の形式が正しくありません。"],
    "statement-malformed": STATEMENT,
    "statement-asset-repeated": STATEMENT,
    "statement-asset-order": STATEMENT,
    "header-malformed": STATEMENT,
    "log-malformed": STATEMENT,
    "snapshot-id-mismatch": [
      "input", "The statement's own number is not that of what it says.", "報告書の基準時点などの記載と、その識別番号が一致しません。",
    ],
    "statement-type": ["input", "The statement is of a newer kind than this page knows.", "このページが対応していない新しい形式の報告書です。"],
    "statement-missing": [
      "trust",
      "The proof carries no signed statement. Give the statement (attestation.json) too, or ask for a proof that carries it.",
      "証明ファイルに署名付きの報告書が含まれていません。報告書（attestation.json）も選択するか、報告書を含む証明ファイルを取引所に求めてください。",
    ],
    "account-id-malformed": [
      "input",
      "The account id has blanks or characters that no account id has.",
      "口座IDに空白、全角文字など使えない文字が含まれています。",
    ],
    "key-missing": ["trust", "No key was given.", "取引所の公開鍵が入力されていません。"],
    "key-malformed": ["input", "What you gave is no readable public key.", "公開鍵として読み取れません。"],
    "key-name": ["input", "The key's name has characters that no name has.", "公開鍵の名前の書き方が正しくありません。"],
    "key-private": [
      "input", "This is a private key. Whoever gave it to you should not have.", "これは秘密鍵です。本来、他人に渡してはならないものです。",
    ],
    "key-algorithm": ["input", "The key is of a kind that this page does not know.", "このページが対応していない種類の鍵です。"],
    "browser-too-old": [
      "trust",
      "This browser cannot check such signatures. Update it, or open the page in another one.",
      "お使いのブラウザーはこの署名を確認できません。更新するか、別のブラウザーをお使いください。",
    ],
    "keyfile-malformed": KEY_FILE,
    "witness-key": KEY_FILE,
    "keyfile-toml": [
      "input",
      "This is a key file that nobody signed (TOML). This page takes the signed versions: 1.keys.json, 2.keys.json, and so on.",
      "署名のない鍵一覧（TOML）です。このページでは、署名付きの鍵一覧（1.keys.json、2.keys.json など）をお使いください。",
    ],
    "keys-mixed": [
      "usage",
      "Keys and key files do not go together. Give one or the other.",
      "公開鍵と鍵一覧は、同時に使えません。どちらか一方だけを選択してください。",
    ],
    "keyfile-missing": [
      "trust",
      "A version of the key file is missing in between. Give all versions from yours to the newest.",
      "途中の版の鍵一覧がありません。お持ちの版から最新版まで、すべて選択してください。",
    ],
    "keyfile-expired": [
      "trust",
      "Your key file does not speak of the statement's time any more. Fetch its newer versions.",
      "お持ちの鍵一覧は、報告書の基準時点には期限が切れています。新しい版を入手してください。",
    ],
    "keyfile-forked": ["claim", "There are two different key files of one version.", "同じ版番号で内容の異なる鍵一覧が二つあります。"],
    "keyfile-history": ["claim", "A newer key file rewrites what the one before it said.", "新しい版の鍵一覧が、前の版の内容を書き換えています。"],
    "keyfile-threshold": ["claim", "A key file lacks signatures that it needs.", "鍵一覧に、必要な数の署名がありません。"],
    "role-threshold": [
      "claim", "The statement lacks a signature that your key file asks for.", "報告書に、必要な役割の署名が足りません。",
    ],
    "key-expired": [
      "claim", "The key that signed was not valid at the statement's time.", "署名した鍵は、報告書の基準時点には有効ではありません。",
    ],
    "key-revoked": [
      "claim",
      "A key that signed has been revoked. Whether it signed before that, only the whole publication can show: this page cannot tell.",
      "署名した鍵は失効しています。失効より前の署名かどうかは、公開資料一式でしか確かめられず、このページでは判断できません。",
    ],
    "signer-unknown": ["claim", "The statement is not signed by the key that you gave.", "入力された鍵による署名ではありません。"],
    "signature-invalid": [
      "claim", "The signature is false: what was signed has been changed.", "署名が正しくありません。署名された内容が変更されています。",
    ],
    "attestation-digest": ["claim", "The proof belongs to another statement.", "証明と報告書の組み合わせが一致しません。"],
    "statement-differs": [
      "claim", "The proof is for another statement than the one that you gave.", "証明ファイルは、選択された報告書とは別の報告書のものです。",
    ],
    equivocation: [
      "claim",
      "The exchange signed two different statements where there can be only one. This must never happen.",
      "同じ号数（または同じ記録位置）の、内容の異なる二つの報告書に、同じ取引所の署名があります。決してあってはならないことです。",
    ],
    "history-rewritten": [
      "claim", "The two statements contradict each other: history was rewritten.", "二つの報告書が矛盾しています。報告書の履歴が書き換えられています。",
    ],
    "proof-empty": ["claim", "The proof shows no balance at all.", "証明ファイルに残高がひとつも記載されていません。"],
    "root-mismatch": [
      "claim",
      "With this account id the proof does not lead to what the exchange signed. Did you type the id exactly as the exchange has it?",
      "この口座IDでは、署名された報告書にたどり着きません。取引所に登録されているとおりに入力しましたか。",
    ],
    "total-mismatch": [
      "claim", "The sums of the proof are not those that the exchange signed.", "証明の合計が、署名された総額と一致しません。",
    ],
    "snapshot-mismatch": ["claim", "The proof is for another day than the statement.", "証明と報告書の時点が異なります。"],
    "asset-unknown": ["claim", "The proof has an asset that the statement does not have.", "証明ファイルに、報告書にはない資産があります。"],
    "asset-repeated": SHAPE,
    "asset-order": SHAPE,
    "index-out-of-range": SHAPE,
    "index-repeated": SHAPE,
    "path-length": SHAPE,
    "pieces-count": SHAPE,
    "sum-overflow": SHAPE,
    "decimal-malformed": ["input", "Write the amount as 1234.5.", "金額は 1234.5 のように入力してください。"],
    "decimal-too-fine": ["input", "That has more decimals than the asset.", "小数点以下の桁数が、この資産の桁数を超えています。"],
  };
  const OTHER = [
    "input", "The file is not what the exchange's program makes.", "取引所のプログラムが作る形式と異なるファイルです。",
  ];

  const find = (code) => (Object.hasOwn(ERRORS, code) ? ERRORS[code] : OTHER);

  Object.assign(por, {
    ERRORS,
    errorWord: (code) => por.pick(find(code).slice(1)),
    isClaim: (code) => find(code)[0] === "claim",
  });
})((globalThis.por ??= {}));
